"""What was measured: numbers without the words around them."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.bench.growth.process import Spent


@dataclass(frozen=True)
class Result:
    """One case at one size.

    `spent` is None where the case was not waited for; `by_pace` is then how many seconds it would take by its
    pace at the size before, if that was measured.
    """

    case: str
    rows: int
    spent: Spent | None
    by_pace: float | None = None


@dataclass(frozen=True)
class Machine:
    """Where and with what it was measured; `memory` in bytes, versions by the name of the package."""

    processor: str
    cores: int
    memory: int
    versions: dict[str, str]
    limit: str


@dataclass
class Results:
    """All that was measured so far, in the order of the table; `starts` are seconds of the processors."""

    sizes: dict[int, list[Result]] = field(default_factory=dict)
    starts: dict[str, float] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        """Append a case at its size."""
        self.sizes.setdefault(result.rows, []).append(result)

    def of(self, case: str, rows: int) -> Spent | None:
        """Return what a case took at a size, if it was measured."""
        found = (result.spent for result in self.sizes.get(rows, []) if result.case == case)
        return next(found, None)

    def smaller(self, rows: int) -> int | None:
        """Return the next smaller size."""
        return max((size for size in self.sizes if size < rows), default=None)
