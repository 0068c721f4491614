"""`make bench-delivery`: the pace of the real command against the simulator on a real socket.

Prints a table; ends with 1 where a promise is not kept.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.stories.world import API_TOKEN, World

LIMIT = 100
# Of the limit asked for, sustained over a minute.
PACE = 0.99
MINUTE = 61 * LIMIT
HEADER = f"{'case':<28}{'users':>7}{'seconds':>9}{'users/s':>9}{'of limit':>10}{'refused':>9}  end"


@dataclass(frozen=True)
class Case:
    """One run; `paced` ones promise the limit and no refused request."""

    name: str
    users: int
    job_seconds: float
    paced: bool = True
    faults: list[dict[str, Any]] = field(default_factory=list)


# Near a third of all calls meets one of these, half of them after the work was done.
TROUBLE = [
    {"on": "any", "share": 0.08, "times": None, "answer": {"status": 503, "retry_after": "1"}},
    {"on": "any", "share": 0.08, "times": None, "answer": {"status": 500, "when": "after"}},
    {"on": "any", "share": 0.08, "times": None, "reset": "after"},
    {"on": "any", "share": 0.06, "times": None, "reset": "before"},
]
CASES = (
    Case("instant jobs", MINUTE, 0.0),
    Case("jobs of 10 s, 30 slots", MINUTE, 10.0),
    Case("30 % of the calls fail", 1_000, 0.5, paced=False, faults=TROUBLE),
)


@contextmanager
def account(folder: Path, case: Case) -> Iterator[World]:
    """Serve an account, and lend a project that sends to it."""
    faults = folder / "faults.json"
    faults.write_text(json.dumps({"seed": 1, "faults": case.faults}), encoding="utf-8")
    server = World(folder / "server", "http://127.0.0.1:1")
    words = ["--port", "0", "--token", API_TOKEN, "--job-seconds", str(case.job_seconds)]
    words += ["--faults", str(faults)]
    process = server.start("simulator", "serve", *words)
    try:
        assert process.stdout is not None
        yield World(folder / "project", process.stdout.readline().strip(), LIMIT)
    finally:
        process.terminate()
        process.communicate()


def measure(case: Case) -> bool:
    """Run a case, print its line, and tell whether its promise is kept."""
    with tempfile.TemporaryDirectory() as folder, account(Path(folder), case) as world:
        world.many_customers(case.users)
        ended = world.zdpipe("run", "queries/users.sql", "--format", "json", timeout=900)
        run, stats = json.loads(ended.out), world.stats()
        pace = stats["sustained_users_per_second"] or 0.0
        tell(
            f"{case.name:<28}{stats['users_created']:>7,}{run['seconds']:>9.1f}{pace:>9.2f}"
            f"{pace / LIMIT:>10.3f}{stats['refused']:>9}  {run['outcome']}"
        )
        complete = ended.code == 0 and run["counts"]["created"] == stats["users_created"] == case.users
        kept = stats["max_users_in_one_second"] <= LIMIT
        paced = not case.paced or (pace >= PACE * LIMIT and stats["refused"] == 0)
        return complete and kept and paced


def main() -> int:
    """Measure all cases."""
    tell(HEADER)
    kept = [measure(case) for case in CASES]
    return 0 if all(kept) else 1


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
