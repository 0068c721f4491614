"""Guards: what a run must not do unless somebody says so, and how each of them ruled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Guard(StrEnum):
    """Names of guards; `--allow` and `[guards]` know them by these."""

    REJECTED = "rejected"
    CLEARED = "cleared"
    GONE = "gone"
    UPDATED = "updated"
    ROWS = "rows"
    EMPTY = "empty"


class Ruling(StrEnum):
    """What a guard says of a plan."""

    OK = "ok"
    REFUSE = "refuse"
    ALLOWED = "allowed"  # it would refuse, but was told to let this once pass
    TOLD = "told"  # above the threshold of a guard that only tells
    LATER = "later"  # there is nothing to compare with yet


_FACTS: dict[Guard, str] = {
    Guard.REJECTED: "{part} of {whole} rows are rejected",
    Guard.CLEARED: "{part} of {whole} known customers would lose a value",
    Guard.GONE: "{part} of {whole} customers of the query left it since the last run",
    Guard.UPDATED: "{part} of {whole} known customers would change",
    Guard.ROWS: "the query has {part} rows, its last run had {whole}",
    Guard.EMPTY: "the query has no rows",
}


_ACTED_ON = "{part} of {whole} customers of the query are gone and would be acted on"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One guard's ruling.

    `part` of `whole` is what it looked at: rows, or customers; for `rows` the rows now and those of the last
    run. `number` and `threshold` are percents, for `empty` rows and the fewest that pass; None where there is
    nothing to measure, or no threshold. `most` is how many people may be acted on, whatever their share.
    """

    guard: Guard
    ruling: Ruling
    part: int = 0
    whole: int = 0
    number: float | None = None
    threshold: float | None = None
    most: int | None = None

    @property
    def words(self) -> str:
        """Say what was found and the limit: `75 of 300 rows are rejected (25%, the limit is 10%)`."""
        words = _FACTS[self.guard] if self.most is None else _ACTED_ON
        fact = words.format(part=f"{self.part:,}", whole=f"{self.whole:,}")
        if self.guard is Guard.EMPTY or self.number is None or self.threshold is None:
            return fact
        sign = "+" if self.guard is Guard.ROWS and self.number > 0 else ""
        return f"{fact} ({sign}{percent(self.number)}, the limit is {self.limit})"

    @property
    def limit(self) -> str:
        """Say what the threshold is: `10%`, `±50%`, `at least 1 row`, `none`."""
        if self.threshold is None:
            return "none"
        if self.guard is Guard.EMPTY:
            return "at least 1 row"
        limit = f"{'±' if self.guard is Guard.ROWS else ''}{percent(self.threshold)}"
        return limit if self.most is None else f"{limit}, or {self.most} customers"

    def as_json(self) -> dict[str, object]:
        """Return the JSON shape."""
        document: dict[str, object] = {
            "name": self.guard.value,
            "verdict": self.ruling.value,
            "number": None if self.number is None else round(self.number, 4),
            "threshold": self.threshold,
            "part": self.part,
            "whole": self.whole,
        }
        return document if self.most is None else document | {"most": self.most}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Verdict:
        """Read what `as_json` returned."""
        return cls(
            Guard(document["name"]),
            Ruling(document["verdict"]),
            document["part"],
            document["whole"],
            document["number"],
            document["threshold"],
            document.get("most"),
        )


def percent(number: float) -> str:
    """Return a share in percent with as many decimals as tell it from a round one: `12.5%`, `-60%`."""
    return f"{number:,.2f}".rstrip("0").rstrip(".") + "%"
