"""Cut off at each commit of a run, before it or after it: everybody arrives once, and is counted once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.unruly import PowerCut
from tests.pipeline.world import World
from zdpipe.model.run import Counts
from zdpipe.pipeline.history import list_runs

CUSTOMERS = 150
# So often a run of two batches commits.
COMMITS = 15
CUTS = [
    *(("resume", commit, True) for commit in range(1, COMMITS + 1)),
    *(("resume", commit, False) for commit in range(2, COMMITS + 1, 3)),
    *(("run", commit, True) for commit in range(2, COMMITS + 1, 2)),
]


@contextmanager
def power_cut(patch: pytest.MonkeyPatch, commit: int, *, before: bool) -> Iterator[None]:
    """Nothing of the state's database is written from the commit of that number on."""
    seen = 0

    class Cut(sqlite3.Connection):
        def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
            nonlocal seen
            if sql != "COMMIT":
                return super().execute(sql, *arguments)
            seen += 1
            if seen > commit or (before and seen == commit):
                raise PowerCut
            done = super().execute(sql)
            if seen == commit:
                raise PowerCut
            return done

    connect = sqlite3.connect

    def connect_cut(path: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
        if Path(path).name == "state.sqlite":
            options["factory"] = Cut
        return connect(path, *arguments, **options)

    with patch.context() as inner:
        inner.setattr(sqlite3, "connect", connect_cut)
        yield


@pytest.mark.parametrize(("then", "commit", "before"), CUTS)
def test_cut_off_at_a_commit(
    world: World, monkeypatch: pytest.MonkeyPatch, then: str, commit: int, before: bool
) -> None:
    world.many(CUSTOMERS)
    with power_cut(monkeypatch, commit, before=before), pytest.raises(PowerCut):
        world.run()
    for run in list_runs(world.bench):
        run.counts.check_conservation()
    last = world.resume() if then == "resume" and list_runs(world.bench) else world.run()
    assert last.counts.pending == 0
    assert last.users_per_second <= 101
    runs = list_runs(world.bench)
    assert all(run.finished_at for run in runs)
    assert sum(run.counts.created for run in runs) == world.stats["users_created"] == CUSTOMERS
    assert sum(run.counts.updated for run in runs) == 0
    assert world.run().counts == Counts(read=CUSTOMERS, unchanged=CUSTOMERS)


def test_there_is_no_further_commit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.many(CUSTOMERS)
    with power_cut(monkeypatch, COMMITS + 1, before=True):
        assert world.run().counts.created == CUSTOMERS
