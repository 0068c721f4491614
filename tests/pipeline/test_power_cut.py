"""Cut off at each commit of a run, before it or after it: everybody arrives once, and is counted once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.unruly import PowerCut
from tests.pipeline.world import QUERY, SQL, World
from zdpipe.model.canary import Fate
from zdpipe.model.run import Counts
from zdpipe.pipeline.history import list_runs

CUSTOMERS = 150
# So often a run of two batches commits.
COMMITS = 16
CUTS = [
    *(("resume", commit, True) for commit in range(1, COMMITS + 1)),
    *(("resume", commit, False) for commit in range(2, COMMITS + 1, 3)),
    *(("run", commit, True) for commit in range(2, COMMITS + 1, 2)),
]


# And so often one that its canary stops, whose last word is written in the last of them.
CANARY_COMMITS = 14


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


@pytest.mark.crash
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


@pytest.mark.crash
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("commit", range(1, CANARY_COMMITS + 1))
def test_a_canary_is_never_skipped(
    world: World, monkeypatch: pytest.MonkeyPatch, commit: int, before: bool
) -> None:
    world.write(QUERY, SQL.replace("user_fields.city", "user_fields.town"))  # never there as it was sent
    world.many(CUSTOMERS)
    with power_cut(monkeypatch, commit, before=before), pytest.raises(PowerCut):
        world.run(canary=20)
    assert world.stats["users_created"] <= 20
    runs = list_runs(world.bench)
    was_told = bool(runs and runs[0].canary and runs[0].canary.fate is Fate.FAILED)
    assert was_told == (commit == CANARY_COMMITS and not before)
    last = world.resume() if runs else world.run(canary=20)
    if was_told:  # whoever resumes it then has been told
        assert (last.counts.created, last.canary.fate) == (CUSTOMERS, Fate.WAIVED)
    else:
        assert (last.stop.code, last.counts.pending) == ("canary", CUSTOMERS - 20)
        assert world.stats["users_created"] == 20


def test_a_canary_has_no_further_commit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write(QUERY, SQL.replace("user_fields.city", "user_fields.town"))
    world.many(CUSTOMERS)
    with power_cut(monkeypatch, CANARY_COMMITS + 1, before=True):
        assert world.run(canary=20).stop.code == "canary"


@pytest.mark.crash
@pytest.mark.parametrize("commit", range(1, 22, 2))
def test_a_canary_that_passes_lets_everybody_follow_after_a_cut(
    world: World, monkeypatch: pytest.MonkeyPatch, commit: int
) -> None:
    world.many(CUSTOMERS)
    with power_cut(monkeypatch, commit, before=True), suppress(PowerCut):
        world.run(canary=20)
    last = world.resume() if list_runs(world.bench) else world.run(canary=20)
    assert (last.counts.created, last.canary.fate) == (CUSTOMERS, Fate.PASSED)
    assert world.stats["users_created"] == CUSTOMERS
