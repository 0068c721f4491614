from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import pytest

from tests.clock import FakeClock
from zdpipe.clock import SystemClock
from zdpipe.errors import StateError
from zdpipe.zendesk.headers import Budget
from zdpipe.zendesk.limits import Limits, learned_limit

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


def test_what_was_learned_is_told_without_making_or_changing_a_file(
    tmp_path: Path, open_limits: Open
) -> None:
    assert learned_limit(tmp_path / "nowhere") is None
    assert not (tmp_path / "nowhere").exists()
    limits = open_limits()
    assert learned_limit(tmp_path) is None
    limits.learn(Budget(700, None, None))
    assert learned_limit(tmp_path) == 700
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "limits.sqlite").write_bytes(b"no database" * 1000)
    assert learned_limit(tmp_path / "damaged") is None


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
        "from zdpipe.zendesk.limits import Limits; from zdpipe.zendesk.headers import Budget\n"
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
    limits.learn(Budget(30, 30, 60))
    reads = [limits.read() for _ in range(11)]
    assert reads[:10] == [0.0] * 10
    assert 59 < reads[10] <= 60.01
    assert [limits.write(1) for _ in range(20)] == [0.0] * 20
    assert limits.write(1) > 59


def test_writing_leaves_reads_what_the_minute_still_holds(open_limits: Open, clock: FakeClock) -> None:
    limits = open_limits(10_000)
    limits.learn(Budget(3, 3, 60))
    assert [limits.write(1), limits.write(1), limits.read()] == [0.0, 0.0, 0.0]
    assert limits.read() > 59
    clock.advance(60.01)
    assert limits.read() == 0


def test_waiting_for_a_request_spends_no_users(open_limits: Open, clock: FakeClock) -> None:
    limits = open_limits(100)
    limits.learn(Budget(1, None, None))
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


@pytest.mark.parametrize("reset", [3600, 1_795_349_000])
def test_an_odd_time_until_requests_come_back_is_a_minute_at_most(
    open_limits: Open, clock: FakeClock, reset: int
) -> None:
    limits = open_limits()
    limits.learn(Budget(200, 0, reset))
    assert waited(clock, open_limits().read) == pytest.approx(60, abs=1)


def test_no_pause_lasts_longer_than_fifteen_minutes_in_any_process(
    open_limits: Open, clock: FakeClock
) -> None:
    open_limits().pause(1e9)
    assert waited(clock, open_limits().read) == pytest.approx(900)


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
    limits.learn(Budget(6, None, None))
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


def test_what_was_learned_is_there_for_the_next_process(open_limits: Open, clock: FakeClock) -> None:
    open_limits(10_000).learn(Budget(10, None, None))
    after = open_limits(10_000)
    clock.advance(2)
    assert [after.write(1) for _ in range(10)] == [0.0] * 10
    assert after.write(1) > 59


def test_a_limit_learned_by_one_process_holds_at_once_for_another(open_limits: Open) -> None:
    first, second = open_limits(10_000), open_limits(10_000)
    first.learn(Budget(3, None, None))
    assert [second.write(1), second.write(1), second.write(1)] == [0.0, 0.0, 0.0]
    assert second.write(1) > 59


def test_requests_that_others_spend_are_counted(open_limits: Open, clock: FakeClock) -> None:
    first, second = open_limits(10_000), open_limits(10_000)
    first.learn(Budget(200, 3, 40))
    assert [first.write(1), second.write(1), first.write(1)] == [0.0, 0.0, 0.0]
    assert second.write(1) == pytest.approx(40)
    assert first.read() == pytest.approx(40)
    clock.advance(40)
    assert first.write(1) == 0


def test_answers_that_overtake_each_other_give_nothing_back(open_limits: Open) -> None:
    limits = open_limits(10_000)
    limits.learn(Budget(200, 1, 40))
    limits.learn(Budget(200, 2, 40))
    assert limits.write(1) == 0
    assert limits.write(1) == pytest.approx(40)


def test_a_new_minute_brings_new_requests(open_limits: Open, clock: FakeClock) -> None:
    limits = open_limits(10_000)
    limits.learn(Budget(200, 1, 2))
    clock.advance(3)
    limits.learn(Budget(200, 199, 60))
    assert [limits.write(1), limits.write(1)] == [0.0, 0.0]


def test_a_pause_is_for_every_process_and_for_the_next(open_limits: Open, clock: FakeClock) -> None:
    first, second = open_limits(), open_limits()
    first.pause(30)
    assert second.write(1) == pytest.approx(30)
    assert open_limits().read() == pytest.approx(30)
    clock.advance(30)
    assert second.read() == 0


def test_a_clock_set_back_makes_nobody_pause_longer_than_asked(open_limits: Open, clock: FakeClock) -> None:
    open_limits().pause(30)
    clock.set_back(86_400)
    after = open_limits()
    assert after.read() == pytest.approx(30)
    assert waited(clock, after.read) == pytest.approx(30)


def test_requests_left_of_a_minute_of_another_clock_hold_nobody_up(
    open_limits: Open, clock: FakeClock
) -> None:
    limits = open_limits(10_000)
    limits.learn(Budget(200, 1, 50))
    assert limits.write(1) == 0
    clock.set_back(86_400)
    assert limits.write(1) == 0


def test_a_second_lies_between_the_users_of_one_process_and_of_the_next(
    open_limits: Open, clock: FakeClock
) -> None:
    first = open_limits()
    started = clock.monotonic()
    assert first.write(100) == 0
    clock.advance(0.3)
    first.users_sent(100, started, clock.monotonic(), answered=True)
    assert waited(clock, lambda: open_limits().write(100)) == pytest.approx(1.0, abs=0.02)


def test_users_whose_answer_nobody_saw_may_have_arrived_a_moment_later(
    open_limits: Open, clock: FakeClock
) -> None:
    assert open_limits().write(100) == 0
    clock.advance(0.3)
    after = open_limits()
    assert waited(clock, lambda: after.write(100)) == pytest.approx(1.7, abs=0.02)


@pytest.mark.parametrize("content", [b"", b"garbage!" * 2000, b"SQLite format 3\0" + b"\xa5" * 9000])
def test_a_damaged_file_is_made_anew(
    open_limits: Open, tmp_path: Path, clock: FakeClock, content: bytes
) -> None:
    with Limits(tmp_path, 100, clock) as before:
        before.learn(Budget(10, None, None))
    path = tmp_path / "limits.sqlite"
    for beside in tmp_path.glob("limits.sqlite-*"):
        beside.unlink()
    path.write_bytes(content)
    limits = open_limits()
    assert limits.write(100) == 0
    assert waited(clock, lambda: limits.write(100)) <= 1.01


def test_damage_in_the_middle_is_found_too(open_limits: Open, tmp_path: Path) -> None:
    with Limits(tmp_path, 10_000, SystemClock()) as limits:
        for _ in range(150):
            limits.write(1)
    path = tmp_path / "limits.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 // 4096 * 4096] + b"\xa5" * (len(content) // 2))
    assert open_limits(10_000).write(1) == 0


def test_a_file_of_other_columns_is_made_anew(open_limits: Open, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "limits.sqlite")) as other:
        other.execute("CREATE TABLE standing (only_row INTEGER)")
    assert open_limits().write(1) == 0


def test_a_file_that_cannot_be_kept_is_told_with_its_cure(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "limits.sqlite").mkdir()
    with pytest.raises(StateError, match=r"limits\.sqlite") as told:
        Limits(tmp_path, 100, clock)
    assert "writable" in told.value.hint


def test_two_processes_open_a_damaged_file_at_once(tmp_path: Path) -> None:
    (tmp_path / "limits.sqlite").write_bytes(b"garbage!" * 2000)
    script = (
        "import sys; from pathlib import Path; from zdpipe.clock import SystemClock;"
        "from zdpipe.zendesk.limits import Limits\n"
        "with Limits(Path(sys.argv[1]), 1000, SystemClock()) as limits:\n"
        "    print(sum(limits.write(100) == 0 for _ in range(10)))\n"
    )
    words = [sys.executable, "-c", script, str(tmp_path)]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum(int(words) for words in told) >= 10
