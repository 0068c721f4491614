"""Small tables of rows and known users, resolved in a real workspace."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl

from zdpipe.changes.totals import Totals
from zdpipe.changes.workspace import Wanted, Workspace
from zdpipe.clock import SystemClock
from zdpipe.model.batch import Batch
from zdpipe.model.known import FORMAT_VERSION, TABLES, quoted, send_column, value_column
from zdpipe.model.plan import Example
from zdpipe.model.policy import CLEARED, FieldPolicy
from zdpipe.model.resources import Resources


@dataclass(frozen=True)
class Row:
    """A valid row: texts for the identity, Python values for the fields (None: null)."""

    external_id: str | None
    email: str | None
    values: Mapping[str, object] = field(default_factory=dict)
    unread: str | None = None

    @property
    def key(self) -> str:
        key = self.email if self.external_id is None else self.external_id.lower()
        assert key is not None
        return key

    def fragments(self) -> dict[str, str | None]:
        return {name: None if value is None else encode(value) for name, value in self.values.items()}


@dataclass(frozen=True)
class Known:
    """A known user as a test states it."""

    external_id: str | None = None
    primary_email: str | None = None
    emails: frozenset[str] = frozenset()
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """Everything a workspace has to say."""

    totals: Totals
    batches: list[Batch]
    items: pl.DataFrame
    warnings: pl.DataFrame
    payloads: list[str]
    changed: dict[str, int]
    examples: list[Example]
    gone: int
    ahead: tuple[int, int]

    @property
    def sent(self) -> list[tuple[str, str, str]]:
        """Key, what is sent, and the payload, in sending order."""
        return [(item["key"], item["sending"], item["payload"]) for item in self.items.iter_rows(named=True)]

    @property
    def remarks(self) -> list[tuple[int, str, str, str]]:
        """Row, key, reason and column of each warning."""
        return [tuple(row) for row in self.warnings.select("row", "key", "reason", "column").iter_rows()]


class Gone:
    """Stands for a field that was emptied."""


GONE = Gone()


def encode(value: object) -> str:
    return CLEARED if value is GONE else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def frame(rows: Sequence[Row], fields: Sequence[str]) -> pl.DataFrame:
    table = {
        "row": list(range(len(rows))),
        "key": [row.key for row in rows],
        "external_id": [row.external_id for row in rows],
        "email": [row.email for row in rows],
        "unread": [row.unread for row in rows],
    }
    table |= {name: [row.fragments().get(name) for row in rows] for name in fields}
    return pl.DataFrame(
        table, schema={name: pl.Int64 if name == "row" else pl.String for name in table}, strict=False
    )


def write_known(path: Path, users: Mapping[str, Known], queries: Iterable[tuple[str, str]] = ()) -> Path:
    """Write a known-users file as a merge would have left it."""
    path.unlink(missing_ok=True)
    fields = sorted({name for user in users.values() for name in user.values})
    with duckdb.connect(path) as connection:
        for table, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {table} ({columns})")
        connection.execute("INSERT INTO meta VALUES (?)", [FORMAT_VERSION])
        for name in fields:
            connection.execute(f"ALTER TABLE users ADD COLUMN {quoted(value_column(name))} VARCHAR")
            connection.execute(f"ALTER TABLE users ADD COLUMN {quoted(send_column(name))} INTEGER")
        for zendesk_id, (key, user) in enumerate(users.items(), start=7):
            values = [
                encode(user.values[name]) if user.values.get(name) is not None else None for name in fields
            ]
            sends = [None if value is None else 1 for value in values]
            cells = [cell for pair in zip(values, sends, strict=True) for cell in pair]
            names = [name for field in fields for name in (value_column(field), send_column(field))]
            named = ", ".join(map(quoted, ["key", "external_id", "zendesk_id", "primary_email", *names]))
            marks = ", ".join("?" * (4 + len(cells)))
            connection.execute(
                f"INSERT INTO users ({named}) VALUES ({marks})",
                [key, user.external_id, zendesk_id, user.primary_email, *cells],
            )
            for email in user.emails:
                connection.execute("INSERT INTO emails VALUES (?, ?, 1)", [email, key])
        for query, key in queries:
            connection.execute("INSERT INTO queries VALUES (?, ?)", [query, key])
    return path


def resolve(
    folder: Path,
    rows: Sequence[Row],
    *,
    fields: Sequence[str] = ("name",),
    known: Path | None = None,
    size: int = 100,
    staged_by: int = 1000,
    skip_verify_email: bool = False,
    full: bool = False,
    rejected: Sequence[str] = (),
    query: str = "q",
    policies: Mapping[str, FieldPolicy] | None = None,
    answers: pl.DataFrame | None = None,
    ahead: int = 0,
    makes_primary: bool = False,
) -> Outcome:
    """Run rows through a workspace in `folder`; the outbox is left there as outbox.parquet."""
    resources = Resources("200MB", folder / "tmp", 2)
    wanted = Wanted(fields, skip_verify_email, full, policies or {}, makes_primary)
    path = folder / "work.duckdb"
    with Workspace.open(path, wanted, resources, known=known, clock=SystemClock()) as workspace:
        for part in frame(rows, fields).iter_slices(staged_by):
            workspace.stage(part)
        workspace.stage_rejected(pl.Series(rejected, dtype=pl.String))
        workspace.lead_with(ahead)
        workspace.compare()
        workspace.order(answers)
        batches = workspace.write_outbox(folder / "outbox.parquet", size)
        return Outcome(
            totals=workspace.totals(),
            batches=batches,
            items=pl.read_parquet(folder / "outbox.parquet"),
            warnings=pl.concat(workspace.warnings()),
            payloads=list(workspace.payloads(size)),
            changed=workspace.changed_by_field(),
            examples=workspace.examples(10),
            gone=workspace.leavers(query).find(),
            ahead=workspace.ahead(),
        )
