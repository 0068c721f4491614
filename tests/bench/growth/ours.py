"""DuckDB alone, and zdpipe in each of its cases; what was counted is looked at, so that the work was done."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Mapping

from tests.bench.growth.ground import QUERY, STATE, Ground, remember
from tests.bench.growth.process import Failed, Spent
from tests.bench.growth.servers import received
from tests.cli.command import COMMAND

FLOOR = "DuckDB COPY"
_INTERRUPTED = 130
_PAUSE_SECONDS = 0.01
Counts = Mapping[str, int]


def copy(ground: Ground) -> Spent:
    """DuckDB writes the query's rows to Parquet."""
    out = ground.folder / "copy.parquet"
    command = [
        sys.executable,
        "-m",
        "tests.bench.growth.floor",
        str(ground.database),
        str(out),
        ground.memory,
    ]
    return ground.start(command).ended()


def plan_new(ground: Ground) -> Spent:
    """Everybody is new."""
    return _plan(ground, "new", lambda counts: counts["created"] > 0 == counts["unchanged"])


def plan_unchanged_first(ground: Ground) -> Spent:
    """Everybody is known, nobody changed, and no row was ever looked at."""
    shutil.rmtree(ground.project("sent") / STATE / "familiar", ignore_errors=True)
    return plan_unchanged(ground)


def plan_unchanged(ground: Ground) -> Spent:
    """Everybody is known, and nobody changed."""
    return _plan(ground, "sent", lambda counts: counts["created"] + counts["updated"] == 0)


def plan_changed(ground: Ground) -> Spent:
    """Everybody is known, and one in a thousand changed."""
    most = ground.rows // 1_000
    return _plan(ground, "changed", lambda counts: counts["created"] == 0 < counts["updated"] <= most)


def run(ground: Ground) -> Spent:
    """Everybody is new and on the way: the outbox is written, and the first hundred have left."""
    before = received(ground.simulator)
    process = ground.start([*COMMAND, "run", QUERY, "--yes"], ground.project("new"))
    try:
        while received(ground.simulator) == before and process.runs():
            time.sleep(_PAUSE_SECONDS)
        seconds = process.seconds()
        process.interrupt()
    finally:
        spent = process.ended(code=_INTERRUPTED)
    remember(ground)
    return Spent(seconds, spent.cpu, spent.peak)


CASES: Mapping[str, Callable[[Ground], Spent]] = {
    FLOOR: copy,
    "zdpipe plan, all new": plan_new,
    "zdpipe run, to its first request": run,
    "zdpipe plan, nothing changed, first time": plan_unchanged_first,
    "zdpipe plan, nothing changed": plan_unchanged,
    "zdpipe plan, 0.1 % changed": plan_changed,
}


def _plan(ground: Ground, project: str, is_right: Callable[[Counts], bool]) -> Spent:
    process = ground.start([*COMMAND, "plan", QUERY, "--format", "json"], ground.project(project))
    spent = process.ended()
    counts = json.loads(process.output)["counts"]
    if counts["read"] != ground.rows or not is_right(counts):
        raise Failed(f"of {ground.rows:,} rows in the project {project} these are the counts: {counts}")
    return spent
