"""Before a run writes to anybody: what they hold is kept, so that the run can be taken back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from zdpipe.changes.matching import Matching
from zdpipe.delivery.evidence import is_equal
from zdpipe.engine.spill import spill_folder
from zdpipe.model.before import ADDRESS, IDENTITY, NUMBER, Source
from zdpipe.model.known import known_column, own_column, value_column
from zdpipe.model.run import Effort
from zdpipe.pipeline.account import open_account
from zdpipe.pipeline.finding import Finder
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.before import BEFORE_SCHEMA, holds_adopted, untouched, write_before
from zdpipe.state.known_users import attachable
from zdpipe.state.runs import RunRow, add_effort
from zdpipe.state.undoing import written_fields

_PEOPLE_AT_ONCE = 2_048
_DAY = re.compile(r'"\d{4}-\d{2}-\d{2}"')
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})T00:00:00\+00:00")
# It says how to send, and is nothing that an account could hold.
_SAYS_HOW = "skip_verify_email"

Row = tuple[str, int | None, str, str | None, str, bool]


def remember_before(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> None:
    """Keep, durably, what the people hold whom a planned run has not begun to write.

    Every run keeps what an adoption read of the fields it writes. A run that `remembers` reads the users, and
    reads them again when it is resumed: of two files the later one counts.
    """
    path = store.folder.before(run.run_id, run.resumes)
    outbox = store.folder.outbox(run.run_id)
    attempted = store.batches(run).attempted()
    if path.exists() or (attempted and not run.remembers):
        return  # what was adopted is known until the first batch is merged
    known = attachable(store.folder.known_users(run.account), bench.clock)
    if not run.remembers and (known is None or not holds_adopted(known, written_fields(outbox), bench.clock)):
        return
    befores = [] if run.remembers else store.folder.befores(run.run_id)
    with spill_folder(store.folder.temporary) as folder:
        resources = bench.project.limits.resources(folder)
        with untouched(outbox, known, attempted, befores, resources, bench.clock) as people:
            if not people.people():
                return
            if not run.remembers:
                write_before(path, people.adopted())
                return
            people.write_sought(folder / "people.parquet")
            fields = people.fields
        bench.progress.stage("reading what is about to be written")
        _read(bench, store, run, destination, folder, fields)


def _read(
    bench: Workbench, store: Store, run: RunRow, destination: Destination, folder: Path, fields: Sequence[str]
) -> None:
    """Read the users of the people in `people.parquet`, and write down what they hold."""
    resources = bench.project.limits.resources(folder)
    with (
        Matching(folder / "matching.duckdb", folder / "people.parquet", resources) as matching,
        open_account(bench, destination) as client,
    ):
        try:
            Finder(bench, client, destination, matching, fields).find()
        finally:
            add_effort(store.connection, run.run_id, Effort(requests=client.requests))
        write_before(store.folder.before(run.run_id, run.resumes), _held(matching, fields))


def _held(matching: Matching, fields: Sequence[str]) -> Iterator[pl.DataFrame]:
    for matches in matching.matches(_PEOPLE_AT_ONCE):
        rows = [row for match in matches.iter_rows(named=True) for row in _rows(match, fields)]
        yield pl.DataFrame(rows, schema=BEFORE_SCHEMA, orient="row")
    for keys in matching.strangers(_PEOPLE_AT_ONCE):
        nobody = [_row(key, None, IDENTITY, None) for key in keys]
        yield pl.DataFrame(nobody, schema=BEFORE_SCHEMA, orient="row")


def _rows(match: Mapping[str, Any], fields: Sequence[str]) -> Iterator[Row]:
    key, user_id = match["key"], match["user_id"]
    yield _row(key, user_id, IDENTITY, match["external_key"])
    for email in match["user_emails"]:
        yield _row(key, user_id, ADDRESS, email)
    if match.get(value_column("phone")) is not None:
        for number in match["phones"]:
            yield _row(key, user_id, NUMBER, number)
    held = json.loads(match["shown"])
    for name in fields:
        written = match[value_column(name)]
        if written is not None and name in held and name != _SAYS_HOW:
            yield _value_row(match, name, held[name])


def _value_row(match: Mapping[str, Any], name: str, found: Any) -> Row:
    known, written = match[known_column(name)], match[value_column(name)]
    others = name == "phone" and len(match["phones"]) > 1
    ours = next((text for text in (known, written) if text and is_equal(json.loads(text), found)), None)
    days = any(text and _DAY.fullmatch(text) for text in (known, written))
    # Written as we would write it, a value that is put back is no difference to later runs.
    text = ours or _text(_day(found) if days else found)
    is_ours = bool(match[own_column(name)]) and ours == known and not others
    return match["key"], match["user_id"], name, text, Source.REMEMBER.value, is_ours


def _day(found: Any) -> Any:
    """Return the day of a date, which Zendesk shows as its midnight (recorded user fields)."""
    midnight = _MIDNIGHT.fullmatch(found) if isinstance(found, str) else None
    return midnight[1] if midnight else found


def _row(key: str, user_id: int | None, column: str, value: Any) -> Row:
    return key, user_id, column, _text(value), Source.REMEMBER.value, False


def _text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
