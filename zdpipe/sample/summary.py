"""What a written sample is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """A sample on disk: its file, the rows of `Customer_360`, the seed, and the file's size in bytes."""

    path: Path
    rows: int
    seed: int
    size: int
