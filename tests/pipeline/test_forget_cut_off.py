"""An erasure that is killed at any moment is completed by repeating it, whatever it had done by then."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.pipeline.retrying import BAD, check_dates
from tests.pipeline.world import World
from tests.stories.searching import found_in
from zdpipe.model.run import RunReport
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.history import list_runs

ROOT = Path(__file__).parents[2]
KEY, NAME, EMAIL, FURTHER = "ZQ-7731", "Zebulona Quux", "zeb@unusual.example", "zq@second.example"
GOOD = ("1990-01-01", "1991-02-03")
PLANTED = (KEY, NAME, EMAIL, FURTHER)


@dataclass
class Bench:
    """A state with one person in all of its files, and a copy of it for every case."""

    world: World
    original: Path
    reports: list[RunReport]
    others: dict[str, Any]
    zendesk_id: int

    @property
    def state(self) -> Path:
        return self.world.folder / ".zdpipe"

    def fresh(self) -> None:
        shutil.rmtree(self.state)
        shutil.copytree(self.original, self.state)

    def cut(self, at: int, key: str = KEY) -> tuple[int, list[str]]:
        """Forget in a process that is killed at a point; return its exit code and the points it passed."""
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.pipeline.cut_off",
                "forget",
                key,
                "--project",
                str(self.world.folder),
            ],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.original.parent),
                "XDG_STATE_HOME": str(self.original.parent / "home"),
                "CUT_AT": str(at),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, [line for line in done.stderr.splitlines() if line.startswith("point ")]

    def check(self) -> None:
        assert found_in(self.state, PLANTED) == {}
        assert list_runs(self.world.bench) == self.reports
        assert known(self.state) == self.others
        assert not (self.state / "forgetting.json").exists()


def known(state: Path) -> dict[str, Any]:
    (path,) = (state / "known").glob("*.duckdb")
    with closing(duckdb.connect(path, read_only=True)) as connection:
        rows = connection.execute("FROM users").fetchall()
    return {row[0]: row for row in rows}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("cut") / "project"
    folder.mkdir()
    with closing(World(folder)) as world:
        check_dates(world)
        for day in (GOOD[0], GOOD[1], BAD):
            world.customers(
                [
                    (KEY, NAME, EMAIL, day),
                    (KEY, NAME, FURTHER, day),
                    (KEY, None, EMAIL, day),
                    *((f"id-{n}", f"Customer {n}", f"c{n}@example.com", GOOD[0]) for n in range(20)),
                ]
            )
            world.run()
        world.write(".zdpipe/logs/x.log", f"KeyError: {NAME} of {EMAIL}")
        original = folder.parent / "original"
        shutil.copytree(folder / ".zdpipe", original)
        users = known(folder / ".zdpipe")
        zendesk_id = users.pop(KEY.lower())[2]
        yield Bench(world, original, list_runs(world.bench), users, zendesk_id)


def complete(bench: Bench, key: str) -> None:
    forget_person(bench.world.bench, key)
    bench.check()


def test_the_points_cover_every_kind_of_change(bench: Bench) -> None:
    bench.fresh()
    assert set().union(*found_in(bench.state, PLANTED).values()) == set(PLANTED)
    code, points = bench.cut(0)
    assert code == 0
    for kind in (
        "replace",
        "fsync",
        "unlink",
        "state COMMIT",
        "state VACUUM",
        "known CREATE TABLE",
        "known close",
    ):
        assert any(f"before {kind}" in point for point in points), kind
    bench.check()


def _points(bench: Bench) -> int:
    bench.fresh()
    return len(bench.cut(0)[1])


def _suffer(bench: Bench, at: int) -> None:
    bench.fresh()
    code, _ = bench.cut(at)
    assert code == -signal.SIGKILL, at
    complete(bench, KEY)


def test_cut_off_at_some_points_it_is_completed(bench: Bench) -> None:
    points = _points(bench)
    for share in (0.2, 0.45, 0.7, 0.8, 0.95):
        _suffer(bench, int(points * share))


def test_a_key_that_no_longer_leads_anywhere_still_completes_it(bench: Bench) -> None:
    """What is written down first says who it is about: another key, or a wrong one, completes it too."""
    points = _points(bench)
    bench.fresh()
    assert bench.cut(points - 8, str(bench.zendesk_id))[0] == -signal.SIGKILL
    assert (bench.state / "forgetting.json").stat().st_mode & 0o777 == 0o600
    forgotten = forget_person(bench.world.bench, "nobody@example.com")
    assert forgotten.completed
    bench.check()


@pytest.mark.crash
@pytest.mark.timeout(1800)
def test_cut_off_at_every_point_it_is_completed(bench: Bench) -> None:
    for at in range(1, _points(bench) + 1):
        _suffer(bench, at)
