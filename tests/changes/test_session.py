"""The instance in which rows are compared."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from zdpipe.changes.session import connect, failures
from zdpipe.errors import StateError
from zdpipe.model.resources import Resources
from zdpipe.project.tables import DEFAULT_MEMORY


@pytest.mark.parametrize(
    ("memory", "threads", "taken"),
    [("200MB", None, 1), ("200MB", 2, 2), (DEFAULT_MEMORY, None, min(2, os.cpu_count() or 1))],
)
def test_little_memory_means_few_threads_unless_the_project_says_otherwise(
    tmp_path: Path, memory: str, threads: int | None, taken: int
) -> None:
    resources = Resources(memory, tmp_path / "tmp", threads)
    with closing(connect(tmp_path / "work.duckdb", resources)) as connection:
        assert connection.execute("SELECT current_setting('threads')").fetchall() == [(taken,)]


@pytest.mark.parametrize(
    "error", [RuntimeError("Query interrupted"), duckdb.InterruptException("INTERRUPT Error: Interrupted!")]
)
def test_what_duckdb_makes_of_a_keyboard_interrupt_is_one_again(error: Exception) -> None:
    with pytest.raises(KeyboardInterrupt), failures():
        raise error


def test_other_errors_of_the_runtime_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="something else"), failures():
        raise RuntimeError("something else")


def test_more_threads_than_there_is_memory_for_are_told_what_they_need(tmp_path: Path) -> None:
    resources = Resources("4MB", tmp_path / "tmp", threads=16)
    with (
        closing(connect(tmp_path / "work.duckdb", resources)) as connection,
        pytest.raises(StateError, match="Out of Memory") as told,
        failures(),
    ):
        connection.execute("CREATE TABLE sorted AS FROM range(1_000_000) AS numbers(n) ORDER BY hash(n)")
    assert "[limits] memory has 125 MB for each thread" in told.value.hint
