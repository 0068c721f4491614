"""What a process takes is what the operating system says it took."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.bench.growth.ground import ROOT
from tests.bench.growth.process import Failed, Overtime, Process, Spent, best_of

MEGABYTE = 1_000_000
HOLD = "held = b'x' * 300_000_000"


def started(folder: Path, program: str) -> Process:
    return Process([sys.executable, "-c", program], folder, dict(os.environ))


def test_the_most_memory_counts_even_if_it_was_given_back(tmp_path: Path) -> None:
    assert started(tmp_path, f"{HOLD}; del held").ended().peak > 300 * MEGABYTE


def test_memory_of_children_counts(tmp_path: Path) -> None:
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD!r}], check=True)"
    assert started(tmp_path, program).ended().peak > 300 * MEGABYTE


def test_seconds_of_the_processors_are_not_those_of_the_clock(tmp_path: Path) -> None:
    spent = started(tmp_path, "import time; time.sleep(1)").ended()
    assert spent.seconds >= 1 > spent.cpu > 0


def test_who_fails_is_heard(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"(?s)ended with 1.*no rows"):
        started(tmp_path, "raise SystemExit('no rows')").ended()


def test_nobody_is_waited_for_too_long_nor_are_their_children(tmp_path: Path) -> None:
    sleep = "import time; time.sleep(60)"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {sleep!r}])"
    process = started(tmp_path, program)
    with pytest.raises(Overtime, match="longer than 1 seconds"):
        process.ended(limit=1)
    assert process.seconds() < 30


def test_a_stop_has_its_own_exit_code(tmp_path: Path) -> None:
    program = (
        "import pathlib, time\ntry:\n  print('on', flush=True); pathlib.Path('on').touch(); time.sleep(60)\n"
    )
    process = started(tmp_path, program + "except KeyboardInterrupt: raise SystemExit(130)")
    while not (tmp_path / "on").exists():
        assert process.runs()
    process.interrupt()
    process.ended(code=130)
    assert process.output == "on\n"


def test_the_best_is_the_least_time_and_the_most_memory() -> None:
    assert best_of([Spent(2.0, 1.0, 10), Spent(1.0, 3.0, 20)]) == Spent(1.0, 1.0, 20)


def test_who_measures_is_small() -> None:
    """A child has its parent's memory until it is somebody else, and that counts as the most it ever held."""
    program = (
        "import sys\nimport tests.bench.growth.__main__, tests.bench.growth.small\n"
        "print(sorted({'duckdb', 'polars', 'pyarrow', 'pydantic', 'httpx', 'pytest'} & set(sys.modules)))"
    )
    process = started(ROOT, program)
    process.ended()
    assert process.output == "[]\n"
