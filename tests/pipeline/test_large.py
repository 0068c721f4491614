"""A million customers are planned within a gigabyte, by the operating system's account."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.stories.world import World, assert_conserved, planted
from zdpipe.clock import SystemClock
from zdpipe.model.batch import ItemResult, ItemStatus
from zdpipe.model.resources import Resources
from zdpipe.simulator.server import serve
from zdpipe.simulator.settings import Settings
from zdpipe.state.folder import StateFolder
from zdpipe.state.known_users import merge
from zdpipe.state.settled import SettledBatch

ROWS = 1_000_000
GIGABYTE = 1_000_000_000
QUERY = "queries/zendesk_users.sql"
ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.large, pytest.mark.timeout(900)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    settings = planted(Settings(job_seconds=0.0, requests_per_minute=100_000))
    with serve(settings, None) as server:
        world = World(tmp_path / "project", server.url, users_per_second=100)
        shutil.copy(ROOT / QUERY, world.folder / QUERY)
        yield world


def ended(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Wait for a command; return its exit code and the most memory it ever held, in bytes."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss * 1024


def measured(world: World, *words: str) -> tuple[Any, int]:
    """Run a command; return its JSON document and the most memory it ever held, in bytes."""
    out = world.folder / "out.json"
    with out.open("wb") as file:
        process = subprocess.Popen(
            [*world.command(*words), "--format", "json"],
            cwd=world.folder,
            env=world.environment,
            stdout=file,
            stderr=subprocess.DEVNULL,
        )
    code, peak = ended(process)
    document = json.loads(out.read_text())
    assert code == 0, document
    return document, peak


def planned_by_run(world: World) -> int:
    """Start a run, stop it once it sends, and return the most memory it ever held."""
    log = world.folder / "run.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            world.command("run", QUERY),
            cwd=world.folder,
            env=world.environment,
            stdout=subprocess.DEVNULL,
            stderr=file,
        )
    deadline = time.monotonic() + 300
    while world.stats()["users_received"] == 0:
        assert time.monotonic() < deadline
        has_ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        assert has_ended is None, log.read_text()
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    code, peak = ended(process)
    assert code == 130
    return peak


def acknowledge_everything(world: World) -> None:
    """Make the known users what they are after the whole run was sent."""
    run = world.zdpipe("runs", "show", "--format", "json").json
    state = StateFolder(world.folder / ".zdpipe")
    outbox = state.outbox(run["run_id"])
    sizes = Counter(pq.read_table(outbox, columns=["batch"])["batch"].to_pylist())
    settled = (
        SettledBatch(
            batch,
            datetime(2026, 1, 1, tzinfo=UTC),
            [ItemResult(position, ItemStatus.CREATED) for position in range(users)],
        )
        for batch, users in sorted(sizes.items())
    )
    merge(
        state.known_users(world.url.removeprefix("http://")),
        outbox,
        settled,
        run_id=run["run_id"],
        query=QUERY,
        resources=Resources("500MB", world.folder),
        clock=SystemClock(),
    )


def test_a_million_customers_are_compared_within_a_gigabyte(world: World) -> None:
    made = world.zdpipe("sample", "--rows", str(ROWS), "--out", "data/customers.duckdb")
    assert made.code == 0, made.err

    new, peak = measured(world, "plan", QUERY)
    assert_conserved(new["counts"])
    assert new["counts"]["read"] == ROWS
    assert peak < GIGABYTE
    # Many threads take more memory than few.
    settings = world.folder / "zdpipe.toml"
    few = settings.read_text()
    settings.write_text(f"{few}\n[limits]\nthreads = 8\n")
    assert planned_by_run(world) < GIGABYTE
    settings.write_text(few)

    acknowledge_everything(world)
    again, peak = measured(world, "plan", QUERY)
    assert again["counts"]["created"] == again["counts"]["updated"] == 0
    assert again["counts"]["unchanged"] == new["counts"]["created"] + new["counts"]["updated"]
    assert peak < GIGABYTE
