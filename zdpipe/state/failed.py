"""Who failed in a run: results, the jobs that carried them, and what the outbox says of each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from zdpipe.errors import StateError
from zdpipe.frames import compact
from zdpipe.state.failing import IS_FAILED, IS_HELD_BACK, REASON

_PLACES = 1_000_000  # more than a batch has
_FAILED = f"""
SELECT results.batch, results.position, {REASON} AS reason,
  results.details, CASE WHEN NOT {IS_HELD_BACK} THEN batches.job_id END AS job_id
FROM results JOIN batches ON batches.run_id = results.run_id AND batches.number = results.batch
  AND results.position >= batches.first AND results.position < batches.first + batches.users
WHERE results.run_id = :run AND {IS_FAILED} AND {{which}}
ORDER BY results.batch, results.position
"""
_ALL = "true"
_FIRST = f"""
(results.batch, results.position) IN (
  SELECT first / {_PLACES}, first % {_PLACES} FROM (
    SELECT min(batch * {_PLACES} + position) AS first FROM results
    WHERE run_id = :run AND {IS_FAILED} GROUP BY {REASON}
  )
)
"""
_PLACES_OF_FAILED = f"""
SELECT batch, position FROM results WHERE run_id = ? AND {IS_FAILED} ORDER BY batch, position
"""
_AMONG = """
(results.batch, results.position) IN (
  SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:places)
)
"""
_ROWS_AT_ONCE = 50_000
_PLACE = ["batch", "position"]
_SCHEMA = {
    "batch": pl.Int32,
    "position": pl.Int32,
    "reason": pl.String,
    "details": pl.String,
    "job_id": pl.String,
}
_SHOWN = ["row", "key", "sending", "reason", "details", "job_id", "batch", "position"]


def failed_objects(
    connection: sqlite3.Connection, run_id: str, outbox: Path, *, people: int | None = None
) -> pl.DataFrame:
    """Return the user objects that failed, in sending order; at most those of the first so many people.

    Columns: row, key, sending, reason, details, job_id (null where no job held it), batch, position, payload.
    Raises StateError where the run's files are gone or damaged; without failures none is needed.
    """
    if people is None:
        failed = _failed(connection, run_id)
    else:
        named = _named(_places(connection, run_id), run_id, outbox, ["key"])
        first = named.unique("key", maintain_order=True).head(people).select("key")
        theirs = named.join(first, on="key", how="semi").select(_PLACE).rows()
        failed = _failed(connection, run_id, _AMONG, places=json.dumps(theirs))
    return _named(failed, run_id, outbox, ["row", "key", "sending", "payload"]).select(*_SHOWN, "payload")


def first_failures(connection: sqlite3.Connection, run_id: str, outbox: Path) -> pl.DataFrame:
    """Return the first failed object of each reason, as `failed_objects` does.

    Where the run's files are gone or damaged, what only they told is null.
    """
    failed = _failed(connection, run_id, _FIRST)
    columns = ["row", "key", "sending", "payload"]
    try:
        found = _named(failed, run_id, outbox, columns)
    except StateError:
        found = _unnamed(failed, columns)
    return found.select(*_SHOWN, "payload")


def failed_people(connection: sqlite3.Connection, run_id: str, outbox: Path) -> pl.DataFrame:
    """Return everybody of whom an object failed: key, and whether an address alone was their identity."""
    named = _named(_places(connection, run_id), run_id, outbox, ["key", "external_id"])
    people = named.select("key", by_address=pl.col("external_id").is_null())
    return people.unique("key", maintain_order=True)


def _failed(connection: sqlite3.Connection, run_id: str, which: str = _ALL, **about: str) -> pl.DataFrame:
    rows = connection.execute(_FAILED.format(which=which), {"run": run_id, **about})
    return _fetched(rows, list(_SCHEMA))


def _places(connection: sqlite3.Connection, run_id: str) -> pl.DataFrame:
    """Return where those stand in the outbox who failed, be they millions: batch and position."""
    return _fetched(connection.execute(_PLACES_OF_FAILED, (run_id,)), _PLACE)


def _fetched(rows: sqlite3.Cursor, columns: Sequence[str]) -> pl.DataFrame:
    schema = {name: _SCHEMA[name] for name in columns}
    parts = [pl.DataFrame(schema=schema)]
    while some := rows.fetchmany(_ROWS_AT_ONCE):
        parts.append(pl.DataFrame([tuple(row) for row in some], schema=schema, orient="row"))
    return pl.concat(parts)


def _named(failed: pl.DataFrame, run_id: str, outbox: Path, columns: Sequence[str]) -> pl.DataFrame:
    """Return the failed objects with columns of the outbox beside them; the outbox must have them all."""
    if failed.is_empty():
        return _unnamed(failed, columns)
    _require_outbox(run_id, outbox)
    with _readable(outbox):
        found = pl.concat(
            compact(part.join(_within(failed, part), on=_PLACE, how="inner", maintain_order="left"))
            for part in _parts(outbox, failed["batch"].unique(), [*_PLACE, *columns])
        )
        if len(found) != len(failed):
            raise ValueError(f"it lacks {len(failed) - len(found)} of the users who failed")
    return found


def _require_outbox(run_id: str, outbox: Path) -> None:
    if not outbox.exists():
        raise StateError(
            f"The files of run {run_id} are gone, so nobody can tell any more who failed in it.",
            "Run the query again: everybody who did not arrive is tried once more.",
            code="files_gone",
        )


def _unnamed(failed: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    kinds = {name: pl.Int64 if name == "row" else pl.String for name in columns}
    return failed.with_columns(pl.lit(None, kind).alias(name) for name, kind in kinds.items())


def _parts(outbox: Path, batches: pl.Series, columns: list[str]) -> Iterator[pl.DataFrame]:
    """Yield the row groups that hold one of the batches, and an empty part in front."""
    with pq.ParquetFile(outbox) as file:
        place = file.schema_arrow.get_field_index("batch")
        yield _frame(file.schema_arrow.empty_table().select(columns))
        for index in range(file.metadata.num_row_groups):
            group = file.metadata.row_group(index)
            statistics = group.column(place).statistics
            if group.num_rows and batches.is_between(statistics.min, statistics.max).any():
                yield _frame(file.read_row_group(index, columns=columns))


def _within(failed: pl.DataFrame, part: pl.DataFrame) -> pl.DataFrame:
    """Return those who failed of the batches of a part: joining all of them to each part takes hours."""
    return failed.filter(pl.col("batch").is_between(part["batch"].min(), part["batch"].max()))


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  # a table never becomes a series
    return frame


@contextmanager
def _readable(outbox: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError) as error:
        raise StateError(
            f"The outbox {outbox} cannot be read: {error}",
            "Run the query again: everybody who did not arrive is tried once more.",
            code="outbox_damaged",
        ) from error
