"""A batch whose results are known, on its way into the known users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zdpipe.model.batch import ItemResult


@dataclass(frozen=True, slots=True)
class SettledBatch:
    """What Zendesk acknowledged of a batch, and when."""

    batch: int
    acknowledged_at: datetime
    results: Sequence[ItemResult]
