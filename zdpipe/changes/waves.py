"""The order of sending: a person's further addresses follow their lead row, one wave after the other."""

from __future__ import annotations

from zdpipe.changes.session import Session
from zdpipe.model.lots import drawn

# `start` is the row of the person's first object; ordering each wave by it keeps people in the order of the
# wave before, so that whole batches become free to send early.
_ADDRESSES = """
CREATE TABLE addresses AS
SELECT standing.row, standing.person, standing.email, standing.lead_row,
  row_number() OVER by_address + (sent.row IS NOT NULL)::INTEGER AS wave,
  coalesce(sent.row, first_value(standing.row) OVER by_address) AS start
FROM standing LEFT JOIN sent_leads AS sent ON sent.row = standing.lead_row
WHERE standing.role = 'further' AND {due}
WINDOW by_address AS (PARTITION BY standing.person ORDER BY standing.email)
"""

# People with the most objects come first in every wave, so that their later ones find the earlier ones
# settled long before. All others, who are nearly everybody, need no more than their order.
_ITEMS = (
    "CREATE TABLE several AS SELECT start, max(wave) AS last_wave FROM addresses GROUP BY start",
    """
    CREATE TABLE items AS
    SELECT row, sending, wave, start, ahead,
      row_number() OVER (PARTITION BY ahead, wave ORDER BY last_wave DESC NULLS LAST, start) - 1 AS place
    FROM (
      SELECT *, start IN (FROM first_people) AS ahead FROM (
        SELECT row, sending, 1 AS wave, row AS start FROM sent_leads
        WHERE row IN (SELECT start FROM several UNION FROM first_people)
        UNION ALL
        SELECT row, 'email' AS sending, wave, start FROM addresses
      )
    ) LEFT JOIN several USING (start)
    """,
    """
    INSERT INTO items
    SELECT row, sending, 1, row, false, row_number() OVER () - 1 + {before} FROM (
      SELECT row, sending FROM sent_leads
      WHERE row NOT IN (SELECT start FROM several UNION FROM first_people) ORDER BY row
    )
    """,
)
_BEFORE = "SELECT count(*) FROM items WHERE wave = 1 AND NOT ahead"

# Drawn by lot, a few stand for everybody.
_CANDIDATES = "SELECT row AS start, person FROM sent_leads UNION SELECT start, person FROM addresses"

_NUMBERED = """
CREATE OR REPLACE VIEW numbered AS
SELECT row, sending, wave, start, ahead,
  (turn // {size} + 1)::INTEGER AS batch, (turn % {size})::INTEGER AS position
FROM (SELECT *, {turn} AS turn FROM items)
"""

_PLACED = """
CREATE OR REPLACE TABLE placed AS
SELECT row, sending, batch, position, NULL::INTEGER AS previous_batch, NULL::INTEGER AS previous_position
FROM numbered WHERE wave = 1
UNION ALL
SELECT item.row, item.sending, item.batch, item.position, previous.batch, previous.position
FROM (FROM numbered WHERE wave > 1) AS item
JOIN numbered AS previous ON previous.start = item.start AND previous.wave = item.wave - 1
"""


def order_sending(session: Session, first: int = 0) -> None:
    """Create `addresses`, the further addresses to send, and `items`, all that is sent, in order.

    So many people go `ahead` of all others, with all their addresses, in batches of their own.
    """
    session.run(_ADDRESSES.format(due="true" if session.full else "NOT standing.email_is_known"))
    ahead = drawn(_CANDIDATES, "person", first)
    session.run(f"CREATE OR REPLACE TABLE first_people AS SELECT start FROM ({ahead})")
    several, items, most = _ITEMS
    session.run(several)
    session.run(items)
    (before,) = session.one(_BEFORE)
    session.run(most.format(before=before))


def number_batches(session: Session, size: int) -> None:
    """Create `numbered`: every item's batch (from 1) and position in it (from 0)."""
    ahead, waves = _waves(session, "ahead"), _waves(session, "NOT ahead")
    distance = waves[0] // len(waves) if waves else 0
    turn = _woven(waves, distance) if distance >= size else _one_after_the_other(waves, size)
    if ahead:
        before = sum(_whole_batches(items, size) for items in ahead)
        turn = f"CASE WHEN ahead THEN {_one_after_the_other(ahead, size)} ELSE {before} + {turn} END"
    session.run(_NUMBERED.format(size=size, turn=turn))


def count_batches(session: Session, size: int) -> int:
    """Return how many batches of that size the items fill."""
    number_batches(session, size)
    (batches,) = session.one("SELECT count(DISTINCT batch) FROM numbered")
    return int(batches)


def count_ahead(session: Session) -> tuple[int, int]:
    """Return how many people go ahead of all others, and how many of the numbered batches are theirs."""
    people, batches = session.one(
        "SELECT count(DISTINCT start), coalesce(max(batch), 0) FROM numbered WHERE ahead"
    )
    return int(people), int(batches)


def place_in_batches(session: Session, size: int) -> None:
    """Create `placed`: every item's batch and position, and those of the same person's item before it."""
    number_batches(session, size)
    session.run(_PLACED)


def _waves(session: Session, which: str) -> list[int]:
    """Return the items of each wave."""
    rows = session.rows(f"SELECT count(*) FROM items WHERE {which} GROUP BY wave ORDER BY wave")
    return [items for (items,) in rows]


def _whole_batches(items: int, size: int) -> int:
    return -(-items // size) * size


def _woven(waves: list[int], distance: int) -> str:
    """Return the turn of an item when later waves are woven into the first, each `distance` further back.

    Batches stay full, and a person's items at least `distance` apart: nobody is twice in a batch, and sending
    need not stop for the jobs of the wave before. The turn counts the items of each wave that come earlier.
    """
    key = f"place + (wave - 1) * {distance}"
    earlier = (
        f"greatest(0, least({items}, {key} - {wave * distance} + (wave > {wave + 1})::INTEGER))"
        for wave, items in enumerate(waves)
    )
    return " + ".join(earlier)


def _one_after_the_other(waves: list[int], size: int) -> str:
    """Return the turn of an item when there are too few to weave: each wave begins a new batch."""
    cases, first = [], 0
    for wave, items in enumerate(waves, start=1):
        cases.append(f"WHEN {wave} THEN {first}")
        first += _whole_batches(items, size)
    return f"place + CASE wave {' '.join(cases)} END" if cases else "0"
