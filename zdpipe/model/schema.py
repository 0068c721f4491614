"""What the source offers: tables, columns and types, as kept in schema.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SourceSchema:
    """Tables of the source by their name as written there: column name → SQL type, in table order."""

    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
