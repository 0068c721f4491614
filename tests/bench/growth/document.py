"""The block of docs/performance.md that `make bench` writes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import fill

from tests.bench.growth.others import PATIENCE
from tests.bench.growth.results import Machine, Results
from tests.bench.growth.table import HEADER, START_HEADER, markdown, rows_of, start_rows

BEGIN = "<!-- `make bench` writes what follows -->\n"
END = "<!-- `make bench` wrote what precedes -->\n"
_WIDTH = 118
FOOT = Path(__file__).with_name("foot.md").read_text(encoding="utf-8").format(patience=PATIENCE)


def write_block(document: Path, results: Results, machine: Machine, day: date) -> None:
    """Replace the block; ValueError if the document has no place for it."""
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} has no place for the results: a line {BEGIN!r} and later {END!r}")
    document.write_text(before + begin + block(results, machine, day) + end + after, encoding="utf-8")


def block(results: Results, machine: Machine, day: date) -> str:
    """Return everything between the markers."""
    parts = [where(machine, day), markdown(HEADER, rows_of(results), words=[1])]
    if results.starts:
        parts.append(markdown(START_HEADER, start_rows(results), words=[0]))
    return "\n" + "\n".join([*parts, FOOT]) + "\n"


def where(machine: Machine, day: date) -> str:
    """Return the sentence about machine, versions and date."""
    versions = ", ".join(f"{name} {number}" for name, number in machine.versions.items())
    gigabytes = machine.memory / 1e9
    return (
        fill(
            f"Measured on {day.isoformat()}: {machine.processor}, {machine.cores} cores, {gigabytes:.0f} GB;"
            f" {versions}. DuckDB may take {machine.limit} each time it is opened.",
            _WIDTH,
        )
        + "\n"
    )
