from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe.model.pace import Limit, Pace, Sent
from zdpipe.pipeline.pacing import MOST_SLOTS, pace_of

BEGUN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HUNDRED = [Limit(BEGUN - timedelta(minutes=1), 100)]


def at(seconds: float) -> datetime:
    return BEGUN + timedelta(seconds=seconds)


def each_second(batches: int, *, since: float = 0.0) -> list[Sent]:
    return [Sent(100, at(since + number), at(since + number + 5)) for number in range(batches)]


def test_nothing_sent_has_no_stretches() -> None:
    assert pace_of([], HUNDRED) == Pace()


def test_at_the_limit_every_stretch_is_at_the_limit() -> None:
    pace = pace_of(each_second(30), HUNDRED)
    assert {slot.rate for slot in pace.slots[:30]} == {100.0}
    assert {slot.seconds for slot in pace.slots[:-1]} == {1.0}
    assert [slot.sent for slot in pace.slots[:3]] == [100, 200, 300]
    assert [slot.settled for slot in pace.slots[:7]] == [0, 0, 0, 0, 100, 200, 300]


def test_where_seconds_begin_does_not_matter() -> None:
    pace = pace_of([Sent(100, at(0)), Sent(100, at(1.7)), Sent(60, at(2.7))], HUNDRED)
    assert [slot.rate for slot in pace.slots] == pytest.approx([100, 30, 100, 100], abs=0.01)


def test_a_stall_is_seen_and_a_night_is_not() -> None:
    stalled = pace_of([*each_second(100), *each_second(100, since=140)], HUNDRED)
    assert not any(slot.pause for slot in stalled.slots)
    assert any(slot.rate == 0 for slot in stalled.slots)
    resumed = pace_of([*each_second(10), *each_second(10, since=30_000)], HUNDRED)
    assert [slot.pause for slot in resumed.slots if slot.pause] == [pytest.approx(30_000 - 14)]
    assert resumed.seconds == pytest.approx(14 + 14)


def test_the_limit_is_the_one_that_held() -> None:
    limits = [Limit(at(-10), 100), Limit(at(29_000), 50)]
    later = [Sent(50, at(30_000 + number)) for number in range(3)]
    pace = pace_of([*each_second(3), *later], limits)
    assert [slot.limit for slot in pace.slots] == [100] * (len(pace.slots) - 3) + [50] * 3
    assert {slot.rate for slot in pace.slots[-3:]} == {50.0}
    assert pace.limit == 100


def test_without_a_limit_a_request_takes_a_second() -> None:
    (slot,) = pace_of([Sent(100, at(0), at(0.5))], []).slots
    assert (slot.rate, slot.seconds, slot.limit, slot.settled) == (100.0, 1.0, None, 100)


MOMENTS = st.floats(0, 300_000, allow_nan=False)
SENT = st.builds(
    lambda users, sent, takes: Sent(users, at(sent), at(sent + takes) if takes is not None else None),
    st.integers(1, 100),
    MOMENTS,
    st.none() | st.floats(0, 4_000),
)


@given(st.lists(SENT, min_size=1, max_size=60), st.sampled_from([[], HUNDRED]))
def test_everybody_is_in_one_stretch_and_stretches_are_few(sent: list[Sent], limits: list[Limit]) -> None:
    sent.sort(key=lambda each: each.sent_at)
    slots = pace_of(sent, limits).slots
    users = sum(each.users for each in sent)
    assert sum(slot.rate * slot.seconds for slot in slots) == pytest.approx(users)
    assert slots[-1].sent == users
    assert slots[-1].settled == sum(each.users for each in sent if each.settled_at)
    stays = 1 + sum(1 for slot in slots if slot.pause)
    assert len(slots) <= MOST_SLOTS + stays
    assert all(slot.rate >= 0 and slot.seconds > 0 for slot in slots)
    ends = [slot.begins.timestamp() + slot.seconds for slot in slots]
    assert all(slot.begins.timestamp() >= end - 1e-3 for slot, end in zip(slots[1:], ends, strict=False))
