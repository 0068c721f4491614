"""People who are gone from a query, and those who are back: who they are, and what is to be done to them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa

from zdpipe.changes.session import Session
from zdpipe.model.fields import TAGS
from zdpipe.model.gone import Deed, Fate, GoneAction
from zdpipe.model.known import (
    SUSPENDED_MARK,
    TAG_MARK,
    VALUE_PREFIX,
    field_of,
    literal,
    quoted,
    send_column,
)
from zdpipe.model.policy import CLEARED, NEVER_CLEARED

# Whoever was known by an address alone is not gone while somebody has that address, nor is the owner of one
# that stands alone in a rejected row.
_UNSEEN = """
CREATE TABLE unseen AS
SELECT DISTINCT key FROM (SELECT key FROM known.queries WHERE query = {query}) ANTI JOIN records USING (key)
"""
_ABSENT = """
CREATE TABLE absent AS
SELECT had.key, users.external_id, users.zendesk_id, users.created_id
FROM (
  SELECT key FROM unseen AS had
  ANTI JOIN (SELECT email FROM records) AS addressed ON addressed.email = had.key
  ANTI JOIN moved ON moved.person = had.key
  ANTI JOIN rejected ON rejected.key = had.key
  ANTI JOIN rejected_emails ON rejected_emails.email = had.key
  ANTI JOIN (
    SELECT owned.key FROM known.emails AS owned SEMI JOIN rejected ON rejected.key = owned.email
  ) AS owners ON owners.key = had.key
) AS had LEFT JOIN known_people AS users ON users.key = had.key
"""
# A user may be known under two keys. They are there while one of these is, and are one person otherwise.
_TWINS = """
CREATE TABLE twins AS
SELECT users.key, users.zendesk_id FROM known_people AS users
JOIN absent ON absent.zendesk_id = users.zendesk_id AND absent.key <> users.key
"""
_GONE = """
CREATE TABLE gone AS
FROM absent
ANTI JOIN (
  SELECT zendesk_id FROM twins SEMI JOIN records USING (key)
  UNION ALL
  SELECT zendesk_id FROM twins SEMI JOIN rejected USING (key)
  UNION ALL
  SELECT zendesk_id FROM twins SEMI JOIN moved ON moved.person = twins.key
  UNION ALL
  SELECT zendesk_id FROM twins SEMI JOIN records ON records.email = twins.key
) AS present USING (zendesk_id)
WHERE NOT (external_id IS NULL AND {without_addresses})
  AND NOT (external_id IS NOT NULL AND {without_ids})
QUALIFY row_number() OVER (
  PARTITION BY coalesce(CAST(zendesk_id AS VARCHAR), key) ORDER BY external_id IS NULL, key
) = 1
"""
_ELSEWHERE = """
CREATE TABLE elsewhere AS
SELECT DISTINCT gone.key, had.query
FROM (
  SELECT key, key AS alias FROM gone
  UNION
  SELECT gone.key, users.key FROM gone JOIN known_people AS users ON users.zendesk_id = gone.zendesk_id
) AS gone JOIN known.queries AS had ON had.key = gone.alias
WHERE had.query <> {query}
"""
_BACK = """
SELECT DISTINCT marks.key, marks.zendesk_id, marks.mark, marks.detail,
  marks.mark = {tag} AND EXISTS (
    SELECT 1 FROM known_marks AS other
    WHERE other.key = marks.key AND other.mark = {tag} AND other.detail = marks.detail
      AND other.query <> {query}
  ) AS is_anothers, (false{own}) AS is_own
FROM known_marks AS marks JOIN leads ON leads.person = marks.key
WHERE marks.mark = {suspended} OR marks.query = {query}
"""
# What the query itself says of those who are back goes with their rows, and counts.
_OWN_WORD = {
    "suspended": " OR (marks.mark = {suspended} AND leads.{slot} IS NOT NULL)",
    TAGS: " OR (marks.mark = {tag} AND coalesce(contains(leads.{slot}, to_json(marks.detail)), false))",
}
_NUMBERED = """
SELECT dense_rank() OVER (ORDER BY sending, portion)::INTEGER AS batch, position::INTEGER AS position,
  sending, key, zendesk_id, reason, payload
FROM (
  SELECT *, place // {size} AS portion, place % {size} AS position
  FROM (SELECT *, row_number() OVER (PARTITION BY sending ORDER BY key) - 1 AS place FROM errands)
)
ORDER BY batch, position
"""
_ROWS_A_PART = 10_240


@dataclass(frozen=True, slots=True)
class Intent:
    """What to do to people who are gone.

    `fields` has the columns of every other query that still has somebody of them, None for a query of which
    nobody knows them. `born` are users, by Zendesk's id, whom older runs created.
    """

    action: GoneAction = GoneAction.REPORT
    tag: str | None = None
    fields: Mapping[str, Collection[str] | None] = field(default_factory=dict)
    born: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.Int64))


class Leavers:
    """People who are gone from a query, and those who are back in it; to be asked once rows are compared."""

    def __init__(self, session: Session, query: str) -> None:
        self._session = session
        self._query = query
        self._found = False
        self._planned = False

    def find(self, *, without_ids: bool = False, without_addresses: bool = False) -> int:
        """Return how many people the query had are in none of its rows, the rejected ones included.

        People whose identity is an external_id, or an address, may be left out.
        """
        self._session.run(_UNSEEN.format(query=literal(self._query)))
        self._session.run(_ABSENT)
        self._session.run(_TWINS)
        self._session.run(
            _GONE.format(without_ids=_truth(without_ids), without_addresses=_truth(without_addresses))
        )
        self._session.run(_ELSEWHERE.format(query=literal(self._query)))
        self._found = True
        (gone,) = self._session.one("SELECT count(*) FROM gone")
        return int(gone)

    def other_queries(self) -> list[str]:
        """Return the other queries that have somebody who is gone from this one."""
        if not self._found:
            return []
        return [
            query for (query,) in self._session.rows("SELECT DISTINCT query FROM elsewhere ORDER BY query")
        ]

    def users(self) -> pl.Series:
        """Return the Zendesk ids of those who are gone and not known to have been created by us."""
        if not self._found:
            return pl.Series(dtype=pl.Int64)
        some = self._session.frames(
            "SELECT zendesk_id FROM gone"
            " WHERE zendesk_id IS NOT NULL AND created_id IS DISTINCT FROM zendesk_id"
        )
        return pl.concat(some)["zendesk_id"]

    def plan(self, intent: Intent) -> dict[tuple[Deed, Fate | None], int]:
        """Decide what is to be done; return how many people, by deed and by the fate if it is clear."""
        self._session.run(
            "CREATE TABLE errands"
            " (sending VARCHAR, key VARCHAR, zendesk_id BIGINT, reason VARCHAR, payload VARCHAR)"
        )
        if self._found and intent.action is not GoneAction.REPORT:
            self._leave(intent)
        self._come_back()
        self._planned = True
        rows = self._session.rows("SELECT sending, reason, count(*) FROM errands GROUP BY ALL ORDER BY ALL")
        return {(Deed(deed), Fate(fate) if fate else None): number for deed, fate, number in rows}

    def errands(self, size: int) -> Iterator[pa.RecordBatch]:
        """Yield the errands' rows: batch, position, sending, key, zendesk_id, reason and payload."""
        yield from self._session.stream(_NUMBERED.format(size=size), _ROWS_A_PART)

    def portions(self, size: int) -> list[tuple[int, Deed, int]]:
        """Return the number, the deed and the people of each errand of at most so many."""
        rows = self._session.rows(
            "SELECT batch, any_value(sending), count(*)"
            f" FROM ({_NUMBERED.format(size=size)}) GROUP BY batch ORDER BY batch"
        )
        return [(number, Deed(deed), people) for number, deed, people in rows]

    def print_errands(self) -> str:
        """Return the print of all errands, empty where there are none."""
        if not self._planned:
            return ""
        count, total = self._session.one(
            "SELECT count(*), coalesce(sum(md5_number_lower(concat_ws(chr(31), sending, key,"
            " coalesce(CAST(zendesk_id AS VARCHAR), ''), coalesce(reason, ''), payload))), 0) FROM errands"
        )
        return f"{count}:{total}" if count else ""

    def members(self, *, join: bool) -> Iterator[pa.RecordBatch]:
        """Yield whom the known users are to count among the query's people, or no more: key and is_there.

        `join` asks for those who are just as another query sent them. Whoever was left out of those who are
        gone is let go.
        """
        parts = []
        if join:
            parts.append(
                "SELECT leads.person AS key, true AS is_there FROM leads"
                " SEMI JOIN known_users ON known_users.key = leads.person"
                f" ANTI JOIN (SELECT key FROM known.queries WHERE query = {literal(self._query)}) AS had"
                " ON had.key = leads.person ANTI JOIN sent_leads USING (row)"
            )
        if self._found:
            parts.append(
                "SELECT key, false AS is_there FROM absent"
                " WHERE key NOT IN (SELECT key FROM gone)"
                " AND (zendesk_id IS NULL"
                " OR zendesk_id NOT IN (SELECT zendesk_id FROM gone WHERE zendesk_id IS NOT NULL))"
            )
        if parts:
            yield from self._session.stream(" UNION ALL ".join(parts), _ROWS_A_PART)

    def _leave(self, intent: Intent) -> None:
        born = intent.born.alias("zendesk_id").to_frame().to_arrow()
        self._session.connection.register("born", born)
        others = ", ".join(map(literal, intent.fields)) or "NULL"
        self._session.run(
            "CREATE TABLE leaving AS SELECT gone.*, coalesce(others.queries, []) AS others,"
            " coalesce(created_id = zendesk_id OR zendesk_id IN (SELECT zendesk_id FROM born), false)"
            " AS is_ours"
            " FROM gone LEFT JOIN (SELECT key, list(query) AS queries FROM elsewhere"
            f" WHERE query IN ({others}) GROUP BY key) AS others USING (key)"
        )
        self._session.connection.unregister("born")
        if intent.action is GoneAction.BLANK:
            self._blank(intent)
            return
        payload = json.dumps(intent.tag) if intent.action is GoneAction.TAG else "true"
        kept = "NULL"
        if intent.action in {GoneAction.SUSPEND, GoneAction.DELETE}:
            kept = (
                f"CASE WHEN len(others) > 0 THEN '{Fate.IN_ANOTHER_QUERY}'"
                f" WHEN NOT is_ours THEN '{Fate.NOT_CREATED_BY_US}' END"
            )
        self._session.run(
            f"INSERT INTO errands SELECT '{intent.action}', key, zendesk_id, {kept}, {literal(payload)}"
            " FROM leaving"
        )

    def _blank(self, intent: Intent) -> None:
        columns = [
            name
            for (name,) in self._session.rows(
                "SELECT column_name FROM duckdb_columns()"
                " WHERE database_name = 'known' AND table_name = 'users' ORDER BY column_name"
            )
        ]
        cells = [
            self._cell(field_of(name), name, intent)
            for name in columns
            if name.startswith(VALUE_PREFIX) and field_of(name) not in NEVER_CLEARED
        ]
        values = f"'{{' || concat_ws(',', {', '.join(cells)}) || '}}'" if cells else "'{}'"
        self._session.run(
            "INSERT INTO errands SELECT 'blank', key, zendesk_id,"
            f" CASE WHEN payload = '{{}}' THEN CASE WHEN is_shared THEN '{Fate.IN_ANOTHER_QUERY}'"
            f" ELSE '{Fate.ALREADY}' END END, payload"
            " FROM (SELECT leaving.key, leaving.zendesk_id, len(others) > 0 AS is_shared,"
            f" {values} AS payload FROM leaving JOIN known.users AS users ON users.key = leaving.key)"
        )

    def _cell(self, name: str, column: str, intent: Intent) -> str:
        """Return a field as a member of the JSON object, null where it is not to be emptied.

        Of somebody whom another query has, those fields go that this query fed last, and no other feeds.
        """
        value, send = f"users.{quoted(column)}", f"users.{quoted(send_column(name))}"
        feeding = [query for query, fields in intent.fields.items() if fields is None or name in fields]
        feeders = ", ".join(map(literal, feeding))
        sends = f"SELECT send FROM known.sends WHERE query = {literal(self._query)}"
        ours = f"{send} IN ({sends})"
        alone = f"NOT list_has_any(others, [{feeders}]::VARCHAR[])" if feeders else "true"
        # A tick that is not there cannot be taken away.
        return (
            f"CASE WHEN {send} > 0 AND {value} NOT IN ({literal(CLEARED)}, 'false')"
            f" AND (len(others) = 0 OR ({ours} AND {alone}))"
            f" THEN {literal(json.dumps(name))} || ':' || {value} END"
        )

    def _come_back(self) -> None:
        tag = literal(TAG_MARK)
        suspended = literal(SUSPENDED_MARK)
        own = "".join(
            _OWN_WORD[name].format(suspended=suspended, tag=tag, slot=slot)
            for name, slot in self._session.columns
            if name in _OWN_WORD
        )
        back = _BACK.format(query=literal(self._query), tag=tag, suspended=suspended, own=own)
        self._session.run(
            f"INSERT INTO errands SELECT CASE mark WHEN {tag} THEN '{Deed.UNTAG}' ELSE '{Deed.LIFT}' END,"
            f" key, zendesk_id, CASE WHEN is_anothers THEN '{Fate.IN_ANOTHER_QUERY}'"
            f" WHEN is_own THEN '{Fate.BY_THE_QUERY}' END,"
            f" CASE mark WHEN {tag} THEN CAST(to_json(detail) AS VARCHAR) ELSE 'false' END FROM ({back})"
        )


def _truth(value: bool) -> str:
    return "true" if value else "false"
