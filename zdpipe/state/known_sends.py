"""Which runs acknowledged the values of known users."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from zdpipe.clock import Clock
from zdpipe.state.known_users import attachable, opened

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SENDS = """
SELECT send, run_id, query, epoch_us(acknowledged_at) FROM sends WHERE list_contains($sends, send)
"""


@dataclass(frozen=True, slots=True)
class Send:
    """A batch that was acknowledged."""

    run_id: str
    query: str
    acknowledged_at: datetime


def sends_of(known: Path, numbers: Collection[int], clock: Clock) -> dict[int, Send]:
    """Return the sends of these numbers; those that the file does not have are left out."""
    if not numbers or attachable(known, clock) is None:
        return {}
    with opened(known, clock, read_only=True) as connection:
        rows = connection.execute(_SENDS, {"sends": sorted(numbers)}).fetchall()
    return {
        number: Send(run_id, query, _EPOCH + timedelta(microseconds=microseconds))
        for number, run_id, query, microseconds in rows
    }
