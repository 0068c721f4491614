"""What Zendesk took of a run, object by object, with who it says they are."""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from pathlib import Path

import polars as pl

from zdpipe.errors import StateError
from zdpipe.model.batch import OutboxItem
from zdpipe.model.forgotten import is_placeholder
from zdpipe.state.batches import EVERY_BATCH
from zdpipe.state.outbox import Outbox

_TAKEN = """
SELECT results.position, results.zendesk_id, batches.settled_zendesk, batches.merged
FROM results JOIN batches ON batches.run_id = results.run_id AND batches.number = results.batch
  AND results.position >= batches.first AND results.position < batches.first + batches.users
WHERE results.run_id = ? AND results.batch = ? AND results.status <> 'failed' ORDER BY results.position
"""
_NUMBERS = """
SELECT DISTINCT number FROM batches
WHERE run_id = ? AND state = 'settled' AND created + updated > 0 AND number <= ? ORDER BY number
"""
_PLACES = "SELECT batch, position FROM results WHERE run_id = ? AND status <> 'failed'"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A user object that Zendesk took.

    Its run wrote nothing of it after `as_of`, by Zendesk's clock; None where an older zdpipe, or answers
    without a date, left that open. `is_merged` tells whether the known users have it.
    """

    item: OutboxItem
    zendesk_id: int | None
    as_of: datetime | None
    is_merged: bool


def acknowledged(
    connection: sqlite3.Connection, run_id: str, outbox: Outbox, up_to: int = EVERY_BATCH
) -> Iterator[Acknowledged]:
    """Yield what was acknowledged of a run so far, in sending order, of all batches or those up to one.

    Whoever was forgotten is passed over. Raises StateError where the outbox lacks somebody.
    """
    numbers = connection.execute(_NUMBERS, (run_id, up_to)).fetchall()
    for (number,) in numbers:
        items = {item.position: item for item in outbox.items(number)}
        for row in connection.execute(_TAKEN, (run_id, number)).fetchall():
            item = items.get(row["position"])
            if item is None:
                raise _damaged(run_id, f"it lacks position {row['position']} of batch {number}")
            if not is_placeholder(item.key):
                as_of = row["settled_zendesk"]
                yield Acknowledged(
                    item,
                    row["zendesk_id"],
                    datetime.fromisoformat(as_of) if as_of else None,
                    bool(row["merged"]),
                )


def people_of(connection: sqlite3.Connection, run_id: str, outbox: Path) -> pl.Series:
    """Return the keys of the people of whom something was acknowledged; placeholders stand for the forgotten.

    Raises StateError where the outbox is damaged.
    """
    places = [tuple(row) for row in connection.execute(_PLACES, (run_id,))]
    taken = pl.LazyFrame(places, schema={"batch": pl.Int32, "position": pl.Int32}, orient="row")
    if not places:
        return pl.Series("key", [], pl.String)
    try:
        sent = pl.scan_parquet(outbox).select("batch", "position", "key")
        return sent.join(taken, on=["batch", "position"], how="semi").select("key").unique().collect()["key"]
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _damaged(run_id, error) from error


def draw(people: Iterable[str], size: int) -> frozenset[str]:
    """Return so many of the people, drawn by lot, and the same ones each time."""
    return frozenset(heapq.nsmallest(size, people, key=_lot))


def _lot(key: str) -> tuple[bytes, str]:
    return md5(key.encode(), usedforsecurity=False).digest(), key


def _damaged(run_id: str, error: object) -> StateError:
    return StateError(
        f"The outbox of run {run_id} cannot be read: {error}",
        "Put it back from a backup; without it nobody can tell what that run sent.",
        code="outbox_damaged",
    )
