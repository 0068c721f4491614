"""How long it takes to start, in seconds of the processors: bare Python, the parser alone, and zdpipe."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.growth.ground import surroundings
from tests.bench.growth.process import Process
from tests.bench.growth.query import TEN
from tests.cli.command import COMMAND

PROJECT = '[source]\ndatabase = "customers.duckdb"\n\n[destinations.simulator]\nkind = "simulator"\n'
ROUNDS = 15
STARTS: Mapping[str, Sequence[str]] = {
    "bare Python": [sys.executable, "-c", "pass"],
    "import sqlglot": [sys.executable, "-c", "import sqlglot"],
    "zdpipe --help": [*COMMAND, "--help"],
    "zdpipe lint one.sql": [*COMMAND, "lint", "one.sql"],
}


def measure_starts(folder: Path, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the least CPU seconds of each, in turns; the first round warms the disk and does not count."""
    folder.mkdir()
    (folder / "zdpipe.toml").write_text(PROJECT)
    (folder / "one.sql").write_text(TEN)
    taken = dict.fromkeys(STARTS, float("inf"))
    for turn in range(rounds + 1):
        for case, command in STARTS.items():
            spent = Process(command, folder, surroundings(folder)).ended()
            if turn:
                taken[case] = min(taken[case], spent.cpu)
    return taken
