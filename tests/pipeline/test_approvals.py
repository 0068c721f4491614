"""Approvals that are written at the same time: none is lost."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from filelock import FileLock

from tests.pipeline.world import World
from tests.project.test_approvals_file import APPROVAL
from zdpipe.errors import StateLocked, UsageProblem
from zdpipe.pipeline.approvals import approvals_of, give_approval, withdraw
from zdpipe.project.approvals_file import add_approval, read_approvals
from zdpipe.project.load import load_project
from zdpipe.state import locks

EACH, PROCESSES = 25, 2


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path / "project")) as made:
        yield made


def approve_many(folder: Path, number: int, ready: Barrier) -> None:
    project = load_project(folder)
    ready.wait(60)
    for query in range(EACH):
        give_approval(project, replace(APPROVAL, query=f"queries/{number}-{query}.sql"))


def test_of_two_processes_that_approve_at_once_no_approval_is_lost(world: World) -> None:
    spawning = multiprocessing.get_context("spawn")
    ready = spawning.Barrier(PROCESSES)
    processes = [
        spawning.Process(target=approve_many, args=(world.folder, number, ready))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    assert len(read_approvals(world.folder)) == PROCESSES * EACH
    beside = {path.name for path in world.folder.iterdir()}
    assert beside == {"zdpipe.toml", "queries", ".zdpipe", "approvals.json"}
    assert (world.folder / ".zdpipe" / "approvals.lock").stat().st_mode & 0o777 == 0o600


def test_whoever_waits_too_long_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    project = world.bench.project
    give_approval(project, APPROVAL)
    monkeypatch.setattr(locks, "_APPROVALS_LAST", 0.1)
    with (
        FileLock(project.paths.state / "approvals.lock"),
        pytest.raises(StateLocked, match="Another process changes"),
    ):
        give_approval(project, replace(APPROVAL, query="queries/other.sql"))
    assert read_approvals(world.folder) == (APPROVAL,)


def test_withdrawing_takes_what_is_there_by_then(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    account = world.bench.account(world.bench.destination("there"))
    mine = replace(APPROVAL, destination="there", account=account)
    elsewhere = replace(mine, destination="sandbox", account="other")
    other = replace(mine, query="queries/other.sql")
    for each in (mine, elsewhere, other):
        add_approval(world.folder, each)
    monkeypatch.chdir(world.folder / "queries")
    found = approvals_of(world.bench, Path("users.sql"), "there")
    assert (found.taken, found.left, found.demanded) == ((mine,), 1, False)
    newer = replace(mine, by="joe")
    add_approval(world.folder, newer)
    assert withdraw(world.bench, found).taken == (newer,)
    assert read_approvals(world.folder) == (elsewhere, other)
    with pytest.raises(UsageProblem, match="has no approval for there") as caught:
        withdraw(world.bench, found)
    assert caught.value.code == "no_approval"
