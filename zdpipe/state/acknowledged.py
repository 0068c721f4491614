"""What Zendesk took of a run, object by object, with who it says they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from zdpipe.errors import StateError
from zdpipe.model.batch import ItemStatus, OutboxItem
from zdpipe.model.forgotten import PLACEHOLDER, is_placeholder
from zdpipe.model.lots import drawn
from zdpipe.model.resources import Resources
from zdpipe.state.batches import EVERY_BATCH
from zdpipe.state.instance import in_memory, is_damage
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
_OBJECTS = "SELECT batch, position, status, zendesk_id FROM results WHERE run_id = ? AND status <> 'failed'"
_OBJECT_SCHEMA = pl.Schema(
    {
        "batch": pl.Int32(),
        "position": pl.Int32(),
        "status": pl.Enum([status.value for status in ItemStatus]),
        "zendesk_id": pl.Int64(),
    }
)
_OBJECTS_AT_ONCE = 50_000
_PEOPLE = """
CREATE TEMP TABLE people AS
SELECT DISTINCT key, regexp_full_match(key, $placeholder) AS is_forgotten
FROM read_parquet($outbox) AS item SEMI JOIN objects USING (batch, position)
"""
_COUNTED = "SELECT count(*) FILTER (NOT is_forgotten), count(*) FILTER (is_forgotten) FROM people"
_CANDIDATES = "SELECT key FROM people WHERE NOT is_forgotten"


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


def objects_of(connection: sqlite3.Connection, run_id: str) -> Iterator[pl.DataFrame]:
    """Yield the user objects of a run that were acknowledged: batch, position, status, zendesk_id."""
    rows = connection.execute(_OBJECTS, (run_id,))
    while some := rows.fetchmany(_OBJECTS_AT_ONCE):
        yield pl.DataFrame([tuple(row) for row in some], schema=_OBJECT_SCHEMA, orient="row")


@dataclass(frozen=True, slots=True)
class AcknowledgedPeople:
    """How many people a run reached, beside those forgotten since; `drawn` are those of a sample."""

    people: int
    forgotten: int
    drawn: frozenset[str] | None = None


def people_of(
    connection: sqlite3.Connection,
    run_id: str,
    outbox: Path,
    resources: Resources,
    *,
    sample: int | None = None,
) -> AcknowledgedPeople:
    """Count the people of whom something was acknowledged, and draw so many of them by lot.

    The lot falls on the same ones each time. Raises StateError where the outbox is damaged.
    """
    with in_memory(f"The outbox of {run_id}", resources) as engine:
        engine.execute("CREATE TEMP TABLE objects (batch INTEGER, position INTEGER)")
        for portion in objects_of(connection, run_id):
            engine.register("portion", portion.select("batch", "position").to_arrow())
            engine.execute("INSERT INTO objects FROM portion")
            engine.unregister("portion")
        try:
            engine.execute(_PEOPLE, {"outbox": str(outbox), "placeholder": PLACEHOLDER})
        except duckdb.Error as error:
            if not is_damage(error):
                raise
            raise _damaged(run_id, error) from error
        ((people, forgotten),) = engine.execute(_COUNTED).fetchall()
        if sample is None:
            return AcknowledgedPeople(people, forgotten)
        keys = engine.execute(drawn(_CANDIDATES, "key", sample)).fetchall()
        return AcknowledgedPeople(people, forgotten, frozenset(key for (key,) in keys))


def _damaged(run_id: str, error: object) -> StateError:
    return StateError(
        f"The outbox of run {run_id} cannot be read: {error}",
        "Put it back from a backup; without it nobody can tell what that run sent.",
        code="outbox_damaged",
    )
