"""Whom a plan is about."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Scope:
    """What to plan: everybody who changed, unless something is said here.

    `full`: everybody. `only`: some people; key, and by_address, whether an address was all their identity.
    `sample`: so many of those who would be sent. `mark_respelled`: whose texts normalization changed, too.
    """

    full: bool = False
    only: pl.DataFrame | None = None
    sample: int | None = None
    mark_respelled: bool = False

    @property
    def is_part(self) -> bool:
        """Whether only some people of the query count."""
        return self.only is not None or self.sample is not None
