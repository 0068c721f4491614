"""What a million customers take of the memory, and ten million, by the operating system's account."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.bench.growth.ground import QUERY
from tests.bench.growth.query import TEN
from tests.stories.world import World, assert_conserved, planted
from zdpipe.simulator.server import serve
from zdpipe.simulator.settings import Settings

ROWS = 1_000_000
MEGABYTE = 1_000_000
MOST = 700 * MEGABYTE
# 706 MB before remarks on rows were streamed, 545 since.
MOST_OF_MANY_ROWS = 620 * MEGABYTE
MOST_OF_MANY_THREADS = 1_000 * MEGABYTE
MOST_OF_TEN_MILLION = 1_500 * MEGABYTE
ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.large, pytest.mark.timeout(2400)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    settings = planted(Settings(job_seconds=0.0, requests_per_minute=100_000))
    with serve(settings, None) as server:
        world = World(tmp_path / "project", server.url, users_per_second=100)
        (world.folder / QUERY).write_text(TEN)
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
    deadline = time.monotonic() + 600
    while world.stats()["users_received"] == 0:
        assert time.monotonic() < deadline
        has_ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        assert has_ended is None, log.read_text()
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    code, peak = ended(process)
    assert code == 130
    return peak


def multiply(database: Path, times: int) -> None:
    """Give every customer so many rows, of as many people."""
    with duckdb.connect(database, config={"memory_limit": "500MB"}) as connection:
        connection.execute(
            "CREATE TABLE several AS SELECT * REPLACE ("
            " number || '-' || amperity_id AS amperity_id, number || email AS email)"
            f" FROM Customer_360, range({times}) AS numbers(number)"
        )
        connection.execute("DROP TABLE Customer_360")
        connection.execute("ALTER TABLE several RENAME TO Customer_360")


def acknowledged(world: World) -> int:
    """Make the known users what they are after the whole run was sent; return the most memory that took."""
    account = world.url.removeprefix("http://")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.growth.known", str(world.folder), account], cwd=ROOT
    )
    code, peak = ended(process)
    assert code == 0
    return peak


def test_a_million_customers_of_ten_columns_are_compared_within_700_megabytes(world: World) -> None:
    made = world.zdpipe("sample", "--rows", str(ROWS), "--out", "data/customers.duckdb")
    assert made.code == 0, made.err

    new, peak = measured(world, "plan", QUERY)
    assert_conserved(new["counts"])
    assert new["counts"]["read"] == ROWS
    assert peak < MOST
    assert planned_by_run(world) < MOST
    assert acknowledged(world) < MOST
    again, peak = measured(world, "plan", QUERY)
    assert again["counts"]["created"] == again["counts"]["updated"] == 0
    assert again["counts"]["unchanged"] == new["counts"]["created"] + new["counts"]["updated"]
    assert peak < MOST
    everybody, peak = measured(world, "plan", QUERY, "--full")
    assert everybody["counts"]["updated"] == again["counts"]["unchanged"]
    assert peak < MOST


def test_many_rows_of_one_customer_take_no_more_than_as_many_customers(world: World) -> None:
    made = world.zdpipe("sample", "--rows", str(ROWS), "--out", "data/customers.duckdb")
    assert made.code == 0, made.err
    rows_of_ten = TEN.replace("SELECT amperity_id", "SELECT 'p' || (rowid // 10)")
    assert rows_of_ten != TEN
    (world.folder / QUERY).write_text(rows_of_ten)
    planned, peak = measured(world, "plan", QUERY)
    assert_conserved(planned["counts"])
    assert planned["counts"]["created"] == ROWS // 10
    assert peak < MOST_OF_MANY_ROWS


def test_many_threads_take_little_more_than_few(world: World) -> None:
    made = world.zdpipe("sample", "--rows", str(ROWS), "--out", "data/customers.duckdb")
    assert made.code == 0, made.err
    with (world.folder / "zdpipe.toml").open("a") as settings:
        settings.write("\n[limits]\nthreads = 8\n")
    assert planned_by_run(world) < MOST_OF_MANY_THREADS


def test_ten_million_customers_take_hardly_more(world: World) -> None:
    made = world.zdpipe("sample", "--rows", str(ROWS), "--out", "data/customers.duckdb")
    assert made.code == 0, made.err
    multiply(world.folder / "data/customers.duckdb", 10)

    new, peak = measured(world, "plan", QUERY)
    assert_conserved(new["counts"])
    assert new["counts"]["read"] == 10 * ROWS
    assert peak < MOST_OF_TEN_MILLION
    assert planned_by_run(world) < MOST_OF_TEN_MILLION

    assert acknowledged(world) < MOST_OF_TEN_MILLION
    again, peak = measured(world, "plan", QUERY)
    assert again["counts"]["created"] == again["counts"]["updated"] == 0
    assert peak < MOST_OF_TEN_MILLION
    # What that plan remembers of its rows changes nothing but the time.
    assert list((world.folder / ".zdpipe" / "familiar").iterdir())
    with_rows_set_aside, peak = measured(world, "plan", QUERY)
    assert {**with_rows_set_aside, "planned_at": None} == {**again, "planned_at": None}
    assert peak < MOST_OF_TEN_MILLION
