"""The statement behind each exported table, over one run's small facts and files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from zdpipe.model.gone import PENDING
from zdpipe.model.known import literal, quoted
from zdpipe.model.request_id import REQUEST_ID
from zdpipe.model.warehouse import TABLES
from zdpipe.state.failing import IS_FAILED, IS_HELD_BACK, REASON

# DuckDB's variable that holds the project's secret.
SALT = "salt"
_SENT = """
read_parquet({file}) AS sent
LEFT JOIN results USING (batch, position)
LEFT JOIN parts ON parts.number = sent.batch
  AND sent.position >= parts.first AND sent.position < parts.first + parts.users
"""
_GONE = """
read_parquet({file}) AS people
LEFT JOIN fates ON fates.errand = people.batch AND fates.position = people.position
LEFT JOIN errands ON errands.number = people.batch
"""


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the rows come from, and what each column is; columns that are not here bear their own name."""

    rows: str
    columns: Mapping[str, str]


def customer(key: str) -> str:
    """Return the pseudonym of an identity key: the same in every table, run and export of a project."""
    return f"left(sha256(getvariable('{SALT}') || {key}), 32)"


def _words(details: str) -> str:
    """Return Zendesk's words without the id of the request, which has a column of its own."""
    return f"regexp_replace({details}, {literal(REQUEST_ID)}, '')"


def _request_id(details: str) -> str:
    return f"nullif(regexp_extract({details}, {literal(REQUEST_ID)}, 1), '')"


_RUNS = _Table("run", {})
_JOBS = _Table(
    "jobs",
    {
        "batch": "CASE WHEN batch > 0 THEN batch END",
        "errand": "CASE WHEN batch < 0 THEN -batch END",
    },
)
_OUTCOMES = _Table(
    _SENT,
    {
        "batch": "sent.batch",
        "position": "sent.position",
        "row": "sent.row",
        "customer": customer("sent.key"),
        "sending": "sent.sending",
        "outcome": f"coalesce(results.status, '{PENDING}')",
        "reason": f"CASE WHEN {IS_FAILED} THEN {REASON} END",
        "job_id": f"CASE WHEN NOT {IS_HELD_BACK} THEN parts.job_id END",
        "sent_at": f"CASE WHEN NOT {IS_HELD_BACK} THEN parts.sent_at END",
        "settled_at": "parts.settled_at",
        "key": "sent.key",
        "external_id": "sent.external_id",
        "email": "sent.email",
        "zendesk_id": "results.zendesk_id",
        "request_id": _request_id("results.details"),
        "words": _words("results.details"),
    },
)
_PEOPLE = _Table(
    _GONE,
    {
        "errand": "people.batch",
        "position": "people.position",
        "customer": customer("people.key"),
        "deed": "people.sending",
        "outcome": f"coalesce(fates.fate, '{PENDING}')",
        "job_id": "errands.job_id",
        "settled_at": "errands.settled_at",
        "key": "people.key",
        "zendesk_id": "people.zendesk_id",
        "request_id": _request_id("fates.details"),
        "words": _words("fates.details"),
    },
)
_LEFT_OUT = _Table(
    "{file}",
    {
        "customer": customer("identity"),
        "field": quoted("column"),
    },
)


def select_of(table: str, run_id: str, rows: str, *, show_pii: bool) -> str:
    """Return the statement for a table of a run; `rows` is where a file's rows are read from.

    Without `show_pii` what says something of a person is null.
    """
    source = _TABLES[table]
    cells = []
    for column in TABLES[table]:
        own = literal(run_id) if column.name == "run_id" else quoted(column.name)
        value = source.columns.get(column.name, own)
        shown = "NULL" if column.personal and not show_pii else value
        cells.append(f"CAST({shown} AS {column.kind}) AS {quoted(column.name)}")
    return f"SELECT {', '.join(cells)} FROM {source.rows.replace('{file}', rows)}"


def nothing_of(table: str) -> str:
    """Return a statement with a table's columns and no rows."""
    cells = (f"CAST(NULL AS {column.kind}) AS {quoted(column.name)}" for column in TABLES[table])
    return f"SELECT {', '.join(cells)} WHERE false"


def left_out(paths: Mapping[Path, Collection[str]]) -> str:
    """Return rejected rows or warnings of files, given with their columns, as one source of rows."""
    return f"({' UNION ALL '.join(_left_out(path, columns) for path, columns in paths.items())})"


def _left_out(path: Path, columns: Collection[str]) -> str:
    # Of warnings the key is the identity; rejected rows without one are nobody's.
    identity = "identity" if "identity" in columns else "key"
    return (
        f'SELECT row, CAST({identity} AS VARCHAR) AS identity, CAST(key AS VARCHAR) AS key, reason, "column",'
        f" CAST(value AS VARCHAR) AS value FROM read_parquet({literal(str(path))})"
    )


_TABLES: dict[str, _Table] = {
    "runs": _RUNS,
    "outcomes": _OUTCOMES,
    "rejections": _LEFT_OUT,
    "warnings": _LEFT_OUT,
    "jobs": _JOBS,
    "gone": _PEOPLE,
}
