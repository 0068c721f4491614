"""Where a project's references lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """The environment, and the folder that relative paths start at."""

    environment: Mapping[str, str] = field(default_factory=dict)
    root: Path = Path()
