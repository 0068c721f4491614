"""`make bench-lint`: the pace of `zdpipe lint` beside sqlfluff, and its start beside that of its parser.

Both linters read the same files with one process each. They take turns, and medians are compared, so that
a busy machine hurts both. Prints a table; ends with 1 where a promise is not kept.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench.delivery import tell
from tests.cli.command import COMMAND, environment
from tests.cli.conftest import PROJECT
from tests.lint.planting import SHAPES, planted

SQLFLUFF = Path(".venv/sqlfluff/bin/sqlfluff").absolute()
FILES, MANY = 100, 1_000
ROUNDS, STARTS = 3, 9
# Promises, with room for a busy machine: of sqlfluff's pace, of the start of sqlglot, and files a second.
FASTER = 5.0
SLOWER_START = 6.0
PACE = 40.0
HEADER = f"{'case':<34}{'seconds':>9}{'files/s':>10}{'ratio':>9}"


def main() -> int:
    """Measure all cases."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, many = a_project(folder / "few", FILES), a_project(folder / "many", MANY)
        tell(HEADER)
        kept = [beside_sqlfluff(few), a_thousand_files(many), start(few)]
    return 0 if all(kept) else 1


def a_project(folder: Path, files: int) -> Path:
    """Write queries of several shapes, each of its own wording."""
    (folder / "queries").mkdir(parents=True)
    (folder / "zdpipe.toml").write_text(PROJECT, encoding="utf-8")
    (folder / ".sqlfluff").write_text("[sqlfluff]\ndialect = duckdb\n", encoding="utf-8")
    shapes = list(SHAPES)
    for number in range(files):
        fill = {"item": f', city AS "user_fields.c{number}"', "tail": f" AND state <> '{number}'"}
        text = planted(shapes[number % len(shapes)], fill, '"', "\n").text
        (folder / "queries" / f"q{number}.sql").write_text(f"{text}\n", encoding="utf-8")
    return folder


def beside_sqlfluff(folder: Path) -> bool:
    """Lint the same files with both, in turns."""
    theirs = [str(SQLFLUFF), "lint", "queries", "--processes", "1", "--disable-progress-bar"]
    ours, others = in_turns(folder, ROUNDS, [*COMMAND, "lint"], theirs)
    tell(line(f"zdpipe lint, {FILES} files", ours, FILES, others / ours))
    tell(line(f"sqlfluff lint, {FILES} files", others, FILES))
    return others >= FASTER * ours


def a_thousand_files(folder: Path) -> bool:
    """Lint many files."""
    (seconds,) = in_turns(folder, ROUNDS, [*COMMAND, "lint"])
    tell(line(f"zdpipe lint, {MANY:,} files", seconds, MANY))
    return PACE * seconds <= MANY


def start(folder: Path) -> bool:
    """Lint one file, from a cold interpreter."""
    parser = [sys.executable, "-c", "import sqlglot"]
    ours, others = in_turns(folder, STARTS, [*COMMAND, "lint", "queries/q0.sql"], parser)
    tell(line("zdpipe lint, one file", ours, 1, ours / others))
    tell(line('python -c "import sqlglot"', others, 1))
    return ours <= SLOWER_START * others


def in_turns(folder: Path, rounds: int, *commands: Sequence[str]) -> list[float]:
    """Return the median seconds of each command; the first round warms the disk and does not count."""
    taken: list[list[float]] = [[] for _ in commands]
    for turn in range(rounds + 1):
        for command, seconds in zip(commands, taken, strict=True):
            spent = timed(folder, command)
            if turn:
                seconds.append(spent)
    return [median(seconds) for seconds in taken]


def timed(folder: Path, command: Sequence[str]) -> float:
    """Return the seconds a command takes; findings are no failure, anything else is."""
    began = perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
    )
    spent = perf_counter() - began
    if done.returncode not in {0, 1} or "Traceback" in done.stderr:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr[-2_000:]}")
    return spent


def line(case: str, seconds: float, files: int, ratio: float | None = None) -> str:
    """Return a row of the table."""
    shown = f"{ratio:.1f}" if ratio is not None else ""
    return f"{case:<34}{seconds:>9.2f}{files / seconds:>10.1f}{shown:>9}"


if __name__ == "__main__":
    sys.exit(main())
