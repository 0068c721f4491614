"""What other runs of an account may have written by now that the known users do not hold yet."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from zdpipe.errors import StateError
from zdpipe.model.known import VALUE_PREFIX, field_of

_MOVING = """
SELECT run_id FROM runs WHERE account = :account AND run_id <> :run
  AND (finished_at IS NULL OR rowid > (SELECT rowid FROM runs WHERE run_id = :run))
  AND EXISTS (SELECT 1 FROM batches WHERE batches.run_id = runs.run_id AND merged = 0)
"""
_BEGUN_SINCE = "SELECT run_id FROM runs WHERE account = :account AND run_id <> :run AND rowid > :last"
_LEFT = """
SELECT number, first, users FROM batches
WHERE run_id = ? AND (state <> 'ready' OR attempts > 0) AND number IN (SELECT value FROM json_each(?))
"""


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A value, as JSON text, that a run sent or is sending for somebody's field."""

    key: str
    name: str
    value: str
    run_id: str


class UnderWay:
    """Watches the runs that are at work beside somebody who reads, from its making on.

    `outbox_of` tells where a run's outbox lies.
    """

    def __init__(
        self, connection: sqlite3.Connection, account: str, run_id: str, outbox_of: Callable[[str], Path]
    ) -> None:
        self._connection = connection
        self._outbox_of = outbox_of
        self._about = {"account": account, "run": run_id, "last": self._newest()}
        self._moving = self._runs(_MOVING)

    def values(self, keys: Collection[str], names: Collection[str]) -> Iterator[OnItsWay]:
        """Yield what left, or is leaving, of fields of people; raises StateError for a damaged outbox."""
        for run_id in [*self._moving, *self._runs(_BEGUN_SINCE)]:
            outbox = self._outbox_of(run_id)
            if outbox.exists():
                yield from self._sent(run_id, outbox, keys, names)

    def _sent(
        self, run_id: str, outbox: Path, keys: Collection[str], names: Collection[str]
    ) -> Iterator[OnItsWay]:
        rows = _rows_of(outbox, keys, names)
        left = self._left(run_id, {row["batch"] for row in rows})
        for row in rows:
            if any(row["position"] in places for places in left.get(row["batch"], ())):
                for column, value in row.items():
                    if column.startswith(VALUE_PREFIX) and value is not None:
                        yield OnItsWay(row["key"], field_of(column), value, run_id)

    def _left(self, run_id: str, batches: Collection[int]) -> Mapping[int, list[range]]:
        """Return by batch which positions left, or are leaving; of one that was split some may have."""
        left: dict[int, list[range]] = defaultdict(list)
        for row in self._connection.execute(_LEFT, (run_id, json.dumps(sorted(batches)))).fetchall():
            left[row["number"]].append(range(row["first"], row["first"] + row["users"]))
        return left

    def _newest(self) -> int:
        return int(self._connection.execute("SELECT coalesce(max(rowid), 0) FROM runs").fetchone()[0])

    def _runs(self, sql: str) -> list[str]:
        return [row["run_id"] for row in self._connection.execute(sql, self._about).fetchall()]


def _rows_of(outbox: Path, keys: Collection[str], names: Collection[str]) -> list[dict[str, Any]]:
    try:
        sent = pl.scan_parquet(outbox, glob=False)
        columns = [
            column
            for column in sent.collect_schema().names()
            if column.startswith(VALUE_PREFIX) and field_of(column) in names
        ]
        mine = pl.col("key").is_in(list(keys)) & (pl.col("sending") != "email")
        return sent.filter(mine).select("batch", "position", "key", *columns).collect().to_dicts()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StateError(
            f"The outbox {outbox} cannot be read: {error}",
            "Put it back from a backup, or remove it.",
            code="outbox_damaged",
        ) from error
