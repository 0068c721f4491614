"""The order of sending: a person's further addresses follow their lead row, one wave after the other."""

from __future__ import annotations

from zdpipe.changes.session import Session

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
# settled long before.
_ITEMS = """
CREATE TABLE items AS
SELECT row, sending, wave, start,
  row_number() OVER (PARTITION BY wave ORDER BY last_wave DESC NULLS LAST, start) - 1 AS place
FROM (
  SELECT row, sending, 1 AS wave, row AS start FROM sent_leads
  UNION ALL
  SELECT row, 'email' AS sending, wave, start FROM addresses
) LEFT JOIN (SELECT start, max(wave) AS last_wave FROM addresses GROUP BY start) USING (start)
"""

# Batches hold one wave each, so nobody is twice in one. Later waves are spread among the batches of the first
# wave instead of following it: sending never has to stop for the jobs of the wave before.
_BATCHES = """
CREATE OR REPLACE TABLE batches AS
WITH waves AS (
  SELECT wave, (count(*) + {size} - 1) // {size} AS batches FROM items GROUP BY wave
), spread AS (
  SELECT max(batches) FILTER (wave = 1) / max(wave) AS distance FROM waves
), each AS (
  SELECT wave, unnest(range(batches)) AS place FROM waves
)
SELECT wave, place,
  row_number() OVER (ORDER BY place + (wave - 1) * (SELECT distance FROM spread), wave)::INTEGER AS batch
FROM each
"""

_NUMBERED = """
CREATE OR REPLACE VIEW numbered AS
SELECT items.row, items.sending, items.wave, items.start,
  batches.batch, (items.place % {size})::INTEGER AS position
FROM items JOIN batches ON batches.wave = items.wave AND batches.place = items.place // {size}
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


def order_sending(session: Session) -> None:
    """Create `addresses`, the further addresses to send, and `items`, all that is sent, in order."""
    session.run(_ADDRESSES.format(due="true" if session.full else "NOT standing.email_is_known"))
    session.run(_ITEMS)


def number_batches(session: Session, size: int) -> None:
    """Create `numbered`: every item's batch (from 1) and position in it (from 0)."""
    session.run(_BATCHES.format(size=size))
    session.run(_NUMBERED.format(size=size))


def place_in_batches(session: Session, size: int) -> None:
    """Create `placed`: every item's batch and position, and those of the same person's item before it."""
    number_batches(session, size)
    session.run(_PLACED)
