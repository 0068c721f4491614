"""Fields that a null empties: which ones, and those that stay because somebody else changed them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from zdpipe.changes.session import Session, text
from zdpipe.model.policy import CLEARED, Nulls

_CLEARS = "CREATE TABLE clears AS SELECT row{flags} FROM differing WHERE {any}"
_SKIPPED = 'CREATE TABLE clear_skipped (row BIGINT, key VARCHAR, "column" VARCHAR, value VARCHAR)'
# Whoever has no Zendesk id from us was never acknowledged, so nothing of theirs is ours to clear.
_OWN = """
SELECT differing.row, differing.person, users.zendesk_id, {name} AS field, users.{slot} AS value
FROM differing JOIN known_users AS users ON users.key = differing.person
WHERE differing.clear_{slot}
"""
_KEEP = """
UPDATE differing SET {slot} = false, clear_{slot} = false
WHERE row IN (SELECT row FROM clear_skipped WHERE "column" = {name})
"""
_STILL_CERTAIN = """
UPDATE differing SET is_certain = sending = 'create' OR gets_external_id OR {full}{changes}
WHERE row IN (SELECT row FROM clear_skipped)
"""


@dataclass(frozen=True, slots=True)
class Clear:
    """A value of ours to be emptied: the row, the person's key and Zendesk id, the JSON text known."""

    row: int
    key: str
    zendesk_id: int | None
    field: str
    value: str


def own_clears(session: Session, at_once: int) -> Iterator[list[Clear]]:
    """Yield, in portions of about `at_once` people, the values of ours that a null would empty."""
    own = [
        _OWN.format(slot=slot, name=text(name))
        for name, slot in session.columns.clearing
        if session.columns.policy(name).nulls is Nulls.CLEAR_OWN
    ]
    if not own:
        return
    portion: list[Clear] = []
    people: set[int] = set()
    for part in session.stream(" UNION ALL ".join(own) + " ORDER BY 1, 4", 10_240):
        for row in zip(*(column.to_pylist() for column in part.columns), strict=True):
            clear = Clear(*row)
            if clear.row not in people and len(people) == at_once:
                yield portion
                portion, people = [], set()
            people.add(clear.row)
            portion.append(clear)
    if portion:
        yield portion


def keep_values(session: Session, kept: pl.DataFrame) -> None:
    """Take back the clearing of fields: row, key, column (the field) and value, what the account holds there.

    Whose row has nothing else to send counts as unchanged.
    """
    session.run(_SKIPPED)
    if kept.is_empty():
        return
    session.connection.register("kept_values", kept.to_arrow())
    session.run('INSERT INTO clear_skipped SELECT row, key, "column", value FROM kept_values')
    session.connection.unregister("kept_values")
    for name, slot in session.columns.clearing:
        session.run(_KEEP.format(slot=slot, name=text(name)))
    changes = "".join(f" OR {slot}" for _, slot in session.columns)
    session.run(_STILL_CERTAIN.format(full=str(session.full).lower(), changes=changes))


def settle_clears(session: Session) -> None:
    """Create `clears`: the rows with a field to empty, and for each field, by its column, whether it is."""
    slots = [slot for _, slot in session.columns.clearing]
    flags = "".join(f", clear_{slot} AS {slot}" for slot in slots)
    session.run(_CLEARS.format(flags=flags, any=" OR ".join(f"clear_{slot}" for slot in slots) or "false"))


def count_cleared(session: Session) -> int:
    """Return how many known people would have a field emptied; without those kept, once that is known."""
    flags = [f"clear_{slot}" for _, slot in session.columns.clearing]
    empties = " OR ".join(flags) or "false"
    (people,) = session.one(f"SELECT count(*) FROM differing WHERE sending = 'update' AND ({empties})")
    return int(people)


def cleared_value(session: Session, name: str, slot: str) -> str:
    """Return the value of a field to send, over `mapped` and `clears`: CLEARED where it is to be emptied."""
    if not session.columns.policy(name).clears:
        return f"mapped.{slot}"
    return f"coalesce(mapped.{slot}, CASE WHEN clears.{slot} THEN {text(CLEARED)} END)"
