"""What the known users say of fields by now: the values Zendesk acknowledged last, and of which run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from zdpipe.clock import Clock
from zdpipe.model.known import quoted, send_column, value_column
from zdpipe.state.known_users import opened

Person = tuple[str, int | None]  # identity key and Zendesk id

# Somebody who had an address alone may be known by an external_id by now; the user stays the same.
_USERS = """
SELECT key, zendesk_id{columns} FROM users SEMI JOIN (
  SELECT key FROM users SEMI JOIN sought USING (key)
  UNION SELECT key FROM users SEMI JOIN sought USING (zendesk_id)
) AS meant USING (key)
"""
# What was adopted was no batch of anybody's, and nobody wrote it.
_SENDS = "SELECT send, run_id, batch FROM sends SEMI JOIN asked USING (send) WHERE batch > 0"


@dataclass(frozen=True, slots=True)
class LastWord:
    """A field's last acknowledged value as JSON text, and the run and batch it went with.

    Of two words the one with the higher `send` came later.
    """

    send: int
    run_id: str
    batch: int
    value: str


@dataclass(frozen=True)
class LastWords:
    """Last words by identity key and by Zendesk id, each by field; `ids` are the users of the keys."""

    by_key: Mapping[str, Mapping[str, LastWord]] = field(default_factory=dict)
    by_id: Mapping[int, Mapping[str, LastWord]] = field(default_factory=dict)
    ids: Mapping[str, int] = field(default_factory=dict)

    def of(self, person: Person, name: str) -> LastWord | None:
        """Return the last word about a field of somebody, None where there was none."""
        key, zendesk_id = person
        said = (self.by_key.get(key, {}).get(name), self.by_id.get(zendesk_id or 0, {}).get(name))
        return max((word for word in said if word), key=lambda word: word.send, default=None)


def last_words(known: Path, people: Collection[Person], fields: Iterable[str], clock: Clock) -> LastWords:
    """Return what is known of some fields of people; the file is open for a moment only.

    Raises StateError, StateLocked.
    """
    with opened(known, clock, read_only=True) as connection:
        there = set(connection.table("users").columns)
        names = [name for name in fields if value_column(name) in there]
        rows = _rows(connection, people, names)
        sends = _sends(connection, {_number(row[place]) for row in rows for place in range(3, len(row), 2)})
    by_key: dict[str, dict[str, LastWord]] = {}
    by_id: defaultdict[int, dict[str, LastWord]] = defaultdict(dict)
    ids: dict[str, int] = {}
    for key, zendesk_id, *cells in rows:
        words = _words(names, cells, sends)
        by_key[key] = words
        if zendesk_id is not None:
            ids[key] = zendesk_id
            for name, word in words.items():
                by_id[zendesk_id][name] = max(word, by_id[zendesk_id].get(name, word), key=lambda w: w.send)
    return LastWords(by_key, by_id, ids)


def _rows(
    connection: duckdb.DuckDBPyConnection, people: Collection[Person], names: Collection[str]
) -> list[tuple[Any, ...]]:
    columns = "".join(
        f", {quoted(column)}" for name in names for column in (value_column(name), send_column(name))
    )
    schema = {"key": pl.String, "zendesk_id": pl.Int64}
    connection.register("sought", pl.DataFrame(list(people), schema=schema, orient="row").to_arrow())
    try:
        return connection.execute(_USERS.format(columns=columns)).fetchall()
    finally:
        connection.unregister("sought")


def _sends(connection: duckdb.DuckDBPyConnection, sends: Collection[int]) -> dict[int, tuple[str, int]]:
    asked = pl.DataFrame({"send": sorted(sends)}, {"send": pl.Int32})
    connection.register("asked", asked.to_arrow())
    try:
        rows = connection.execute(_SENDS).fetchall()
    finally:
        connection.unregister("asked")
    return {send: (run_id, batch) for send, run_id, batch in rows}


def _words(
    names: Iterable[str], cells: list[Any], sends: Mapping[int, tuple[str, int]]
) -> dict[str, LastWord]:
    pairs = zip(names, cells[::2], cells[1::2], strict=True)
    return {
        name: LastWord(_number(send), *sends[_number(send)], value)
        for name, value, send in pairs
        if value is not None and _number(send) in sends
    }


def _number(send: int | None) -> int:
    """Return the send of a value; it is negative where the value is not ours."""
    return abs(send or 0)
