"""Killed at every point where something becomes lasting, and at any moment: nobody is lost or doubled."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Queue

import pytest

from tests.stories.forked import Fused
from tests.stories.matrix import QUERY, Bench, Step, differing, spread

MANY = 2000
FEW = 250
SIDE_BY_SIDE = 4
# A kill that comes too late proves nothing; so many of the cases must have been cut off.
MOSTLY = 0.7
Case = tuple[Step, ...]


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    bench = Bench(tmp_path_factory.mktemp("few") / "bench", FEW)
    bench.prepare()
    return bench


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> list[Bench]:
    folder = tmp_path_factory.mktemp("many")
    benches = [Bench(folder / f"bench{number}", MANY) for number in range(SIDE_BY_SIDE)]
    for bench in benches:
        bench.prepare()
    return benches


def run_points(bench: Bench) -> int:
    with bench.fresh():
        return len(bench.points("run", QUERY))


def suffer_all(benches: Sequence[Bench], cases: Iterable[Case]) -> None:
    """Take every case, several at a time, and tell all that went wrong with the steps that repeat it."""
    free: Queue[Bench] = Queue()
    for bench in benches:
        free.put(bench)

    def one(number: int, case: Case) -> tuple[int, str | None]:
        bench = free.get()
        try:
            with bench.fresh():
                killed = bench.suffer(case)
                bench.check("run" if number % 3 == 0 else "resume", thoroughly=number % 4 == 0)
        except Exception as error:  # noqa: BLE001 - told below, with the others
            return 0, f"{number}: {case}: {type(error).__name__}: {str(error)[:1500]}"
        else:
            return killed, None
        finally:
            free.put(bench)

    every = list(cases)
    with ThreadPoolExecutor(len(benches)) as pool:
        results = list(pool.map(lambda pair: one(*pair), enumerate(every)))
    assert [trouble for _, trouble in results if trouble] == []
    assert sum(killed for killed, _ in results) >= MOSTLY * sum(len(case) for case in every)


def random_cases(seed: int, count: int, points: int) -> list[Case]:
    """Return cases of one to four kills, each at a random point or at a random moment."""
    dice = random.Random(seed)

    def step(first: bool) -> Step:
        command = "run" if first or dice.random() < 0.3 else "resume"
        if dice.random() < 0.5:
            return Step(command, at=dice.randint(1, points // 2))
        return Step(command, seconds=dice.uniform(0.4, 2.6))

    return [tuple(step(number == 0) for number in range(dice.randint(1, 4))) for _ in range(count)]


def test_the_points_cover_every_kind_of_commit(few: Bench) -> None:
    with few.fresh():
        points = few.points("run", QUERY)
    assert len(points) % 2 == 0
    kinds = ("state commit", "known commit", "known close", "fsync", "replace", "POST create_or_update_many")
    for kind in kinds:
        assert f"before {kind}" in points
        assert f"after {kind}" in points
    assert any("show_many" in point for point in points)


def test_the_wrapper_kills_without_any_farewell(few: Bench) -> None:
    with few.fresh():
        ended = few.zdpipe("run", QUERY, fused=Fused(12))
        assert ended.code == -signal.SIGKILL
        with pytest.raises(AssertionError):
            few._compare_account()


def test_an_answer_that_differs_is_seen() -> None:
    sent = {"name": "A", "skip_verify_email": True, "user_fields": {"city": "Oslo", "ltv": 1.5}}
    user = {"name": "A", "user_fields": {"city": "Oslo", "ltv": "1.5"}}
    assert differing(sent, user) == {}
    assert differing(sent, user | {"name": "B"}) == {"name": ("A", "B")}
    assert differing(sent, user | {"user_fields": {"city": None, "ltv": "1.5"}}) == {
        "user_fields.city": ("Oslo", None)
    }


def test_cut_off_at_some_points(few: Bench) -> None:
    suffer_all([few], [(Step("run", at=run_points(few) // 2), Step("resume", at=12))])


@pytest.mark.crash
@pytest.mark.timeout(900)
def test_cut_off_at_every_point_of_a_run(many: list[Bench]) -> None:
    suffer_all(many, [(Step("run", at=at),) for at in spread(run_points(many[0]), edge=30, middle=12)])


@pytest.mark.crash
@pytest.mark.timeout(900)
def test_cut_off_again_while_going_on(many: list[Bench]) -> None:
    points = run_points(many[0])
    midway, merging = points * 2 // 3, points - 14
    cases = [
        *((Step("run", at=midway), Step("resume", at=at)) for at in range(3, 60, 8)),
        *((Step("run", at=midway), Step("run", at=at)) for at in range(3, 70, 9)),
        *((Step("run", at=merging), Step("resume", at=at)) for at in range(1, 16, 3)),
        *((Step("run", at=merging), Step("run", at=at)) for at in range(4, 20, 4)),
    ]
    suffer_all(many, cases)


@pytest.mark.crash
@pytest.mark.timeout(900)
def test_cut_off_at_random_moments_many_times(many: list[Bench]) -> None:
    suffer_all(many, random_cases(20261122, 16, run_points(many[0])))
