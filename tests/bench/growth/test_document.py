"""Results become a table of docs/performance.md."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.bench.growth.__main__ import DOCUMENT
from tests.bench.growth.document import BEGIN, END, block, write_block
from tests.bench.growth.ours import FLOOR
from tests.bench.growth.process import Spent
from tests.bench.growth.results import Machine, Result, Results
from tests.bench.growth.table import HEADER, cells, line, start_lines

MACHINE = Machine("A processor", 2, 25_000_000_000, {"Python": "3.11.7", "duckdb": "2.0.0"}, "300MB")
DAY = date(2026, 1, 31)


@pytest.fixture
def results() -> Results:
    """Return what was recorded at two sizes; one rival became too slow, another always was."""
    found = Results(starts={"bare Python": 0.01, "import sqlglot": 0.08, "zdpipe lint one.sql": 0.24})
    for result in (
        Result(FLOOR, 100_000, Spent(0.19, 0.19, 133_000_000)),
        Result("zdpipe plan, all new", 100_000, Spent(1.94, 2.18, 457_000_000)),
        Result("drt", 100_000, Spent(16.05, 15.0, 182_000_000)),
        Result("slower", 100_000, None),
        Result(FLOOR, 1_000_000, Spent(1.5, 2.0, 250_000_000)),
        Result("zdpipe plan, all new", 1_000_000, Spent(9.7, 15.0, 600_000_000)),
        Result("drt", 1_000_000, None, by_pace=160.5),
        Result("slower", 1_000_000, None),
    ):
        found.add(result)
    return found


def test_the_block(results: Results, snapshot: SnapshotAssertion) -> None:
    assert block(results, MACHINE, DAY) == snapshot


def test_the_terminal_shows_the_same(results: Results, snapshot: SnapshotAssertion) -> None:
    shown = [line(HEADER), *(line(cells(results, one)) for rows in results.sizes.values() for one in rows)]
    assert "\n".join([*start_lines(results), *shown]) == snapshot


def test_the_block_replaces_the_one_before_and_nothing_else(results: Results, tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"# Before\n{BEGIN}old\n{END}After\n")
    write_block(document, results, MACHINE, DAY)
    write_block(document, results, MACHINE, DAY)
    assert document.read_text() == f"# Before\n{BEGIN}{block(results, MACHINE, DAY)}{END}After\n"


def test_a_document_without_a_place_is_left_alone(results: Results, tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"{END}{BEGIN}")
    with pytest.raises(ValueError, match="no place for the results"):
        write_block(document, results, MACHINE, DAY)
    assert document.read_text() == f"{END}{BEGIN}"


def test_ours_has_a_place() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert text.index(BEGIN) < text.index(END)
