"""Results as a table: the same cells on a terminal and in a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.bench.growth.others import PATIENCE
from tests.bench.growth.ours import FLOOR
from tests.bench.growth.results import Result, Results

HEADER = ("rows", "case", "seconds", "rows/s", "peak MB", "× COPY", "time grows", "memory grows")
START_HEADER = ("start", "CPU ms", "× bare", "× sqlglot")
_WIDTHS = (10, 33, 9, 11, 8, 7, 11, 13)
Row = Sequence[str]


def rows_of(results: Results) -> Iterator[Row]:
    """Yield the cells of every case, smallest size first."""
    for rows in sorted(results.sizes):
        for result in results.sizes[rows]:
            yield cells(results, result)


def cells(results: Results, result: Result) -> Row:
    """Return the cells of one case at one size."""
    spent, rows = result.spent, result.rows
    if spent is None:
        return (f"{rows:,}", result.case, _not_waited_for(result), "–", "–", "–", "–", "–")
    floor, smaller = results.of(FLOOR, rows), results.smaller(rows)
    less = results.of(result.case, smaller) if smaller is not None else None
    return (
        f"{rows:,}",
        result.case,
        f"{spent.seconds:.2f}",
        f"{rows / spent.seconds:,.0f}",
        f"{spent.peak / 1e6:,.0f}",
        f"{spent.seconds / floor.seconds:.1f}" if floor else "–",
        f"{spent.seconds / less.seconds:.1f}" if less else "–",
        f"{spent.peak / less.peak:.1f}" if less else "–",
    )


def start_rows(results: Results) -> Iterator[Row]:
    """Yield the cells of every start; the first is bare Python, the second its parser alone."""
    bare, parser = list(results.starts.values())[:2]
    for case, seconds in results.starts.items():
        yield case, f"{seconds * 1_000:.0f}", f"{seconds / bare:.1f}", f"{seconds / parser:.1f}"


def line(row: Row) -> str:
    """Return a row for a terminal: two columns of words, the others numbers."""
    rows, case, *numbers = row
    first = f"{rows:>{_WIDTHS[0]}}  {case:<{_WIDTHS[1]}}"
    return first + "".join(f"{cell:>{width}}" for cell, width in zip(numbers, _WIDTHS[2:], strict=False))


def start_lines(results: Results) -> Iterator[str]:
    """Yield the starts for a terminal."""
    for case, *numbers in (START_HEADER, *start_rows(results)):
        yield f"{case:<{_WIDTHS[0] + _WIDTHS[1]}}" + "".join(f"{cell:>11}" for cell in numbers)


def markdown(header: Row, rows: Iterator[Row], words: Sequence[int]) -> str:
    """Return a table of a document; the columns in `words` begin at the left, the others end at the right."""
    rule = [":--" if place in words else "--:" for place in range(len(header))]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (header, rule, *rows))


def _not_waited_for(result: Result) -> str:
    pace = f"; {result.by_pace:,.0f} by its pace" if result.by_pace is not None else ""
    return f"— (over {PATIENCE:.0f} s{pace})"
