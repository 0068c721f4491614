"""What became of people who are gone, or back, into the known users; and whom a query has or has no more."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from zdpipe.clock import Clock
from zdpipe.model.errand import ErrandItem, Settled
from zdpipe.model.gone import Deed, Fate
from zdpipe.model.known import (
    KEYED_TABLES,
    SUSPENDED_MARK,
    TAG_MARK,
    VALUE_PREFIX,
    quoted,
    send_column,
    value_column,
)
from zdpipe.model.resources import Resources
from zdpipe.state.known_users import attachable, opened, upgrade

_MEMBERS_AT_ONCE = 100_000
_SCHEMA = {
    "key": pl.String,
    "zendesk_id": pl.Int64,
    "deed": pl.String,
    "fate": pl.String,
    "tag": pl.String,
}
# A user may be known under two keys: by an address first, by an external_id later.
_ALIASES = """
CREATE OR REPLACE TEMP TABLE ended AS
SELECT told.*, told.key AS alias FROM told
UNION
SELECT told.*, users.key FROM told JOIN users ON users.zendesk_id = told.zendesk_id
"""
_TAKES_BACK = f"deed IN ('{Deed.UNTAG}', '{Deed.LIFT}')"
_GONE_NO_MORE = f"""
DELETE FROM queries WHERE query = $query AND key IN (SELECT alias FROM ended WHERE NOT {_TAKES_BACK})
"""
# Whoever the account has no more is a stranger when they come back, unless another query still has them.
_STRANGERS = f"""
CREATE OR REPLACE TEMP TABLE strangers AS
SELECT alias AS key FROM ended WHERE deed = '{Deed.DELETE}' AND fate = '{Fate.DONE}'
UNION
SELECT alias FROM ended WHERE fate = '{Fate.NOT_IN_ACCOUNT}' AND NOT {_TAKES_BACK} AND key NOT IN (
  SELECT ended.key FROM ended JOIN queries ON queries.key = ended.alias
)
"""
# A tag that was there already is ours where we put it there for another query.
_MARK_TAGS = f"""
INSERT INTO marks
SELECT DISTINCT key, '{TAG_MARK}', tag, $query FROM told
WHERE deed = '{Deed.TAG}' AND (fate = '{Fate.DONE}' OR (fate = '{Fate.ALREADY}' AND EXISTS (
    SELECT 1 FROM marks WHERE marks.key = told.key AND mark = '{TAG_MARK}' AND detail = told.tag
  )))
  AND NOT EXISTS (
    SELECT 1 FROM marks
    WHERE marks.key = told.key AND mark = '{TAG_MARK}' AND detail = told.tag AND marks.query = $query
  )
"""
_MARK_SUSPENDED = f"""
INSERT INTO marks
SELECT DISTINCT key, '{SUSPENDED_MARK}', NULL::VARCHAR, $query FROM told
WHERE deed = '{Deed.SUSPEND}' AND fate = '{Fate.DONE}'
  AND key NOT IN (SELECT key FROM marks WHERE mark = '{SUSPENDED_MARK}')
"""
_UNMARK_TAGS = f"""
DELETE FROM marks WHERE mark = '{TAG_MARK}' AND query = $query AND EXISTS (
  SELECT 1 FROM told WHERE deed = '{Deed.UNTAG}' AND told.key = marks.key AND told.tag = marks.detail
)
"""
_UNMARK_SUSPENDED = f"""
DELETE FROM marks WHERE mark = '{SUSPENDED_MARK}' AND key IN (SELECT key FROM told WHERE deed = '{Deed.LIFT}')
"""
_DISOWN = """
UPDATE users SET {value} = NULL, {send} = NULL
WHERE key IN (SELECT key FROM emptied WHERE "column" = $field)
"""
_ELSEWHERE = """
SELECT DISTINCT asked.key, had.query
FROM (
  SELECT key, key AS alias FROM asked
  UNION
  SELECT asked.key, other.key FROM asked JOIN users ON users.key = asked.key
  JOIN users AS other ON other.zendesk_id = users.zendesk_id
) AS asked
JOIN queries AS had ON had.key = asked.alias
WHERE had.query <> ?
"""


@dataclass(frozen=True, slots=True)
class EndedErrand:
    """A settled errand, when it was settled, and what became of each of its people."""

    number: int
    settled_at: datetime
    items: Sequence[ErrandItem]
    fates: Sequence[Settled]

    @property
    def outcomes(self) -> list[tuple[ErrandItem, Fate]]:
        """Everybody with their fate."""
        fates = {each.position: each.fate for each in self.fates}
        return [(item, fates[item.position]) for item in self.items]


def merge_errands(
    known: Path,
    errands: Sequence[EndedErrand],
    *,
    run_id: str,
    query: str,
    resources: Resources,
    clock: Clock,
) -> None:
    """Remember what became of errands, in one transaction; those that were merged before are skipped.

    Who was taken care of is gone no more for the query; what was emptied is ours no more; whoever was deleted
    is a stranger; tags and suspensions of ours are remembered until they are taken back.
    """
    if attachable(known, clock) is None:
        return  # somebody moved it away, and everybody is a stranger
    with opened(known, clock, resources) as connection:
        upgrade(connection, known)
        connection.execute("BEGIN")
        new = [errand for errand in errands if _record(connection, errand, run_id, query)]
        if new:
            _take_over(connection, new, query)
        connection.execute("COMMIT")


def merge_members(known: Path, members: Path, query: str, resources: Resources, clock: Clock) -> None:
    """Count people among a query's, or no more: key, and is_there; doing it twice changes nothing."""
    if attachable(known, clock) is None:
        return
    with opened(known, clock, resources) as connection:
        upgrade(connection, known)
        for part in _portions(members):
            connection.register("members", part.to_arrow())
            connection.execute("BEGIN")
            connection.execute(
                "DELETE FROM queries WHERE query = ? AND key IN (SELECT key FROM members WHERE NOT is_there)",
                [query],
            )
            connection.execute(
                "INSERT INTO queries SELECT ?, key FROM (SELECT DISTINCT key FROM members WHERE is_there)"
                " AS there ANTI JOIN (SELECT key FROM queries WHERE query = ?) AS had USING (key)"
                " SEMI JOIN users USING (key)",
                [query, query],
            )
            connection.execute("COMMIT")
            connection.unregister("members")


def had_elsewhere(known: Path, keys: Collection[str], query: str, clock: Clock) -> list[tuple[str, str]]:
    """Return which of some people other queries have: key, and the query."""
    if attachable(known, clock) is None:
        return []
    with opened(known, clock, read_only=True) as connection:
        connection.register(
            "asked", pl.DataFrame({"key": sorted(keys)}, schema={"key": pl.String}).to_arrow()
        )
        return connection.execute(_ELSEWHERE, [query]).fetchall()


def _portions(members: Path) -> Iterator[pl.DataFrame]:
    frame = pl.scan_parquet(members, glob=False)
    rows = int(frame.select(pl.len()).collect().item())
    for start in range(0, rows, _MEMBERS_AT_ONCE):
        yield frame.slice(start, _MEMBERS_AT_ONCE).collect()


def _record(connection: duckdb.DuckDBPyConnection, errand: EndedErrand, run_id: str, query: str) -> bool:
    """Count the errand among the sends, below zero; False where it is there already."""
    place = [run_id, -errand.number]
    ((times,),) = connection.execute(
        "SELECT count(*) FROM sends WHERE run_id = ? AND batch = ?", place
    ).fetchall()
    if times:
        return False
    connection.execute(
        "INSERT INTO sends SELECT coalesce(max(send), 0) + 1, ?, ?, ?, ? FROM sends",
        [*place, query, errand.settled_at.astimezone(UTC)],
    )
    return True


def _take_over(connection: duckdb.DuckDBPyConnection, errands: Sequence[EndedErrand], query: str) -> None:
    ended = [(item, fate) for errand in errands for item, fate in errand.outcomes if fate.is_final]
    rows = [(item.key, item.zendesk_id, item.deed.value, fate.value, _tag(item)) for item, fate in ended]
    connection.register("told", pl.DataFrame(rows, schema=_SCHEMA, orient="row").to_arrow())
    connection.execute(_ALIASES)
    for statement in (_GONE_NO_MORE, _MARK_TAGS, _MARK_SUSPENDED, _UNMARK_TAGS, _UNMARK_SUSPENDED):
        parameters = {"query": query} if "$query" in statement else None
        connection.execute(statement, parameters)
    connection.execute(_STRANGERS)
    for table in KEYED_TABLES:
        connection.execute(f"DELETE FROM {table} WHERE key IN (SELECT key FROM strangers)")
    connection.execute("INSERT INTO traces SELECT count(*) FROM strangers HAVING count(*) > 0")
    _disown(connection, _emptied(ended))
    connection.unregister("told")


def _disown(connection: duckdb.DuckDBPyConnection, cells: pl.DataFrame) -> None:
    """Forget that fields hold what we sent: key, and column (the field)."""
    there = {name for name in connection.table("users").columns if name.startswith(VALUE_PREFIX)}
    connection.register("emptied", cells.to_arrow())
    for field in cells["column"].unique().sort():
        if value_column(field) in there:
            connection.execute(
                _DISOWN.format(value=quoted(value_column(field)), send=quoted(send_column(field))),
                {"field": field},
            )
    connection.unregister("emptied")


def _tag(item: ErrandItem) -> str | None:
    return str(json.loads(item.payload)) if item.deed in {Deed.TAG, Deed.UNTAG} else None


def _emptied(ended: Sequence[tuple[ErrandItem, Fate]]) -> pl.DataFrame:
    """Return the fields that were emptied, or are others' by now: key and column."""
    gone = {Fate.DONE, Fate.ALREADY, Fate.CHANGED_BY_OTHERS}
    cells = [
        (item.key, field)
        for item, fate in ended
        if item.deed is Deed.BLANK and fate in gone
        for field in json.loads(item.payload)
    ]
    return pl.DataFrame(cells, schema={"key": pl.String, "column": pl.String}, orient="row")
