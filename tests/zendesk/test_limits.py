from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import httpx
import pytest

from tests.clock import FakeClock
from zdpipe.clock import SystemClock
from zdpipe.zendesk.limits import Budget, Limits, read_budget

Open = Callable[..., Limits]


@pytest.fixture
def open_limits(tmp_path: Path, clock: FakeClock) -> Iterator[Open]:
    with ExitStack() as stack:

        def make(users_per_second: int = 100) -> Limits:
            return stack.enter_context(Limits(tmp_path, users_per_second, clock))

        yield make


def waited(clock: FakeClock, ask: Callable[[], float]) -> float:
    """Ask until the permit is there; return the seconds that took."""
    before = clock.elapsed
    while wait := ask():
        clock.sleep(wait)
    return clock.elapsed - before


def test_two_thousand_users_leave_in_nineteen_seconds(open_limits: Open, clock: FakeClock) -> None:
    limits = open_limits()
    starts = []
    for _ in range(20):
        waited(clock, lambda: limits.write(100))
        starts.append(clock.monotonic())
        clock.advance(0.004)
        limits.users_sent(100, starts[-1], clock.monotonic(), answered=True)
    assert 19.0 <= starts[-1] - starts[0] <= 19.5
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(starts))


@pytest.mark.parametrize("users", [51, 100])
def test_more_users_than_a_second_holds_are_no_permit_but_an_error(open_limits: Open, users: int) -> None:
    limits = open_limits(50)
    with pytest.raises(ValueError, match="never fit"):
        limits.write(users)
    assert limits.write(50) == 0


def test_permits_are_shared_through_the_folder(open_limits: Open, clock: FakeClock) -> None:
    first, second = open_limits(), open_limits()
    assert first.write(60) == 0
    assert second.write(40) == 0
    assert 0.9 < second.write(1) <= 1.01
    assert waited(clock, lambda: second.write(60)) <= 1.01


def test_permits_are_shared_with_other_processes(tmp_path: Path) -> None:
    clock = SystemClock()
    script = (
        "import sys; from pathlib import Path; from zdpipe.clock import SystemClock;"
        "from zdpipe.zendesk.limits import Limits, Budget\n"
        "with Limits(Path(sys.argv[1]), 100, SystemClock()) as limits:\n"
        "    limits.learn(Budget(4, None, None))\n"
        "    print([limits.write(1) == 0 for _ in range(4)])\n"
    )
    with Limits(tmp_path, 100, clock) as limits:
        out = subprocess.check_output([sys.executable, "-c", script, str(tmp_path)], text=True)
        limits.learn(Budget(4, None, None))
        assert out.strip() == "[True, True, True, True]"
        assert 50 < limits.write(1) <= 60.01


def test_reads_take_at_most_a_third_of_the_requests(open_limits: Open, clock: FakeClock) -> None:
    limits = open_limits(10_000)
    limits.learn(Budget(30, 29, 60))
    reads = [limits.read() for _ in range(11)]
    assert reads[:10] == [0.0] * 10
    assert 59 < reads[10] <= 60.01
    assert [limits.write(1) for _ in range(20)] == [0.0] * 20
    assert limits.write(1) > 59


def test_writing_leaves_reads_what_the_minute_still_holds(open_limits: Open, clock: FakeClock) -> None:
    limits = open_limits(10_000)
    limits.learn(Budget(3, 2, 60))
    assert [limits.write(1), limits.write(1), limits.read()] == [0.0, 0.0, 0.0]
    assert limits.read() > 59
    clock.advance(60.01)
    assert limits.read() == 0


def test_waiting_for_a_request_spends_no_users(open_limits: Open, clock: FakeClock) -> None:
    limits = open_limits(100)
    limits.learn(Budget(1, 1, 60))
    assert limits.write(100) == 0
    clock.advance(59.5)
    assert limits.write(100) == pytest.approx(0.5, abs=0.01)
    clock.advance(0.51)
    assert limits.write(100) == 0


def test_a_smaller_limit_counts_what_was_taken_before(open_limits: Open) -> None:
    limits = open_limits(10_000)
    for _ in range(5):
        assert limits.write(1) == 0
    limits.learn(Budget(5, 195, 60))
    assert limits.write(1) > 59
    limits.learn(Budget(700, 695, 60))
    assert limits.write(1) == 0


def test_limits_that_alternate_open_no_further_files(open_limits: Open) -> None:
    limits = open_limits()
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("open files cannot be counted here")
    before = len(list(folder.iterdir()))
    for limit in [200, 700] * 20:
        limits.learn(Budget(limit, 1, 60))
    assert len(list(folder.iterdir())) == before


def test_no_requests_left_means_waiting_until_they_come_back(open_limits: Open, clock: FakeClock) -> None:
    limits = open_limits()
    limits.learn(Budget(200, 0, 17))
    assert limits.write(1) == 17
    assert limits.read() == 17
    clock.advance(17)
    assert limits.read() == 0


def test_the_longest_pause_holds(open_limits: Open, clock: FakeClock) -> None:
    limits = open_limits()
    limits.pause(30)
    limits.pause(5)
    assert limits.write(1) == 30
    assert waited(clock, limits.read) == pytest.approx(30)


def test_a_clock_that_ran_ahead_and_was_set_back_does_not_block(open_limits: Open, clock: FakeClock) -> None:
    limits = open_limits()
    clock.set_ahead(3600)
    assert limits.write(100) == 0
    assert limits.read() == 0
    clock.set_back(3600)
    assert waited(clock, limits.read) == 0
    assert waited(clock, lambda: limits.write(100)) <= 1.01


def test_requests_of_a_clock_that_was_set_back_still_count(open_limits: Open, clock: FakeClock) -> None:
    limits = open_limits(10_000)
    limits.learn(Budget(6, 5, 60))
    clock.set_ahead(86_400)
    for _ in range(4):
        assert limits.write(1) == 0
    clock.set_back(86_400)
    assert [limits.write(1), limits.write(1)] == [0.0, 0.0]
    assert 59 < limits.write(1) <= 60.01
    assert waited(clock, lambda: limits.write(1)) <= 60.01


def test_a_clock_that_jumps_ahead_does_not_let_users_out_early(open_limits: Open, clock: FakeClock) -> None:
    limits = open_limits()
    started = clock.monotonic()
    assert limits.write(100) == 0
    limits.users_sent(100, started, clock.monotonic(), answered=True)
    clock.set_ahead(3600)
    assert limits.write(100) == pytest.approx(1.0)


def test_the_file_is_for_its_owner_alone(open_limits: Open, tmp_path: Path) -> None:
    limits = open_limits()
    limits.write(1)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert "limits.sqlite" in modes
    assert set(modes.values()) == {0o600}


def test_a_permit_costs_little(open_limits: Open, clock: FakeClock) -> None:
    limits = open_limits(100)
    limits.learn(Budget(2500, 2000, 60))
    costs = []
    for _ in range(40):
        clock.advance(1.01)
        began = perf_counter()
        assert limits.write(100) == 0
        costs.append(perf_counter() - began)
    assert sorted(costs)[len(costs) // 2] < 0.05


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "699"}, Budget(700, 699, None)),
        (
            {"ratelimit-limit": "400", "ratelimit-remaining": "0", "ratelimit-reset": "33"},
            Budget(400, 0, 33),
        ),
        ({"rate-limit": "200", "rate-limit-remaining": "1", "rate-limit-reset": "2"}, Budget(200, 1, 2)),
        ({"x-rate-limit": "many"}, Budget(None, None, None)),
        ({}, Budget(None, None, None)),
    ],
)
def test_every_spelling_of_the_headers_is_read(headers: dict[str, str], expected: Budget) -> None:
    assert read_budget(httpx.Headers(headers)) == expected
