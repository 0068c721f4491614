"""Times of a schedule, across both changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe.model.schedule import Schedule, known_zone

FROM = datetime(2024, 1, 1, tzinfo=UTC)
ZONES = ("Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kolkata", "UTC")
EXPRESSIONS = (
    "30 2 * * *",
    "0 * * * *",
    "*/15 0-3 * * *",
    "15,45 1,2 * * 0",
    "0 0 1 * *",
    "5 3 * * MON#1",
    "0 0 29 2 *",
)
YEARS = st.integers(0, 8 * 365 * 86_400).map(lambda after: FROM + timedelta(seconds=after))


def times(schedule: Schedule, begin: str, number: int) -> list[str]:
    start = datetime.fromisoformat(begin)
    return [time.isoformat(timespec="minutes") for time in islice(schedule.after(start), number)]


def test_a_time_in_the_skipped_hour_runs_right_after_it() -> None:
    nightly = Schedule.read("30 2 * * *", "Europe/Oslo")
    assert times(nightly, "2027-03-27T12:00+00:00", 2) == ["2027-03-28T03:00+02:00", "2027-03-29T02:30+02:00"]


def test_several_times_in_the_skipped_hour_run_once() -> None:
    schedule = Schedule.read("0,20,40 2 * * *", "Europe/Oslo")
    assert times(schedule, "2027-03-28T00:30+00:00", 2) == [
        "2027-03-28T03:00+02:00",
        "2027-03-29T02:00+02:00",
    ]


def test_a_time_that_comes_twice_runs_the_first_time() -> None:
    nightly = Schedule.read("30 2 * * *", "Europe/Oslo")
    assert times(nightly, "2026-10-24T12:00+00:00", 2) == ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]


def test_within_the_second_passing_the_first_one_is_over() -> None:
    nightly = Schedule.read("30 2 * * *", "Europe/Oslo")
    assert times(nightly, "2026-10-25T01:10+00:00", 1) == ["2026-10-26T02:30+01:00"]
    latest = nightly.latest(datetime(2026, 10, 25, 1, 10, tzinfo=UTC))
    assert latest is not None
    assert latest.isoformat() == "2026-10-25T02:30:00+02:00"


def test_every_hour_is_every_real_hour() -> None:
    hourly = Schedule.read("0 * * * *", "America/New_York")
    spring = list(islice(hourly.after(datetime(2027, 3, 14, 0, tzinfo=UTC)), 24))
    autumn = list(islice(hourly.after(datetime(2026, 11, 1, 0, tzinfo=UTC)), 24))
    for day in (spring, autumn):
        assert {later.astimezone(UTC) - earlier.astimezone(UTC) for earlier, later in pairwise(day)} == {
            timedelta(hours=1)
        }


@given(moment=YEARS, zone=st.sampled_from(ZONES), expression=st.sampled_from(EXPRESSIONS))
def test_the_latest_time_is_the_one_before_the_next(moment: datetime, zone: str, expression: str) -> None:
    schedule = Schedule.read(expression, zone)
    latest = schedule.latest(moment)
    following = next(schedule.after(moment))
    assert latest is not None
    assert latest.astimezone(UTC) <= moment < following.astimezone(UTC)
    assert next(schedule.after(latest)) == following
    assert schedule.latest(latest) == latest


@given(moment=YEARS, zone=st.sampled_from(ZONES), expression=st.sampled_from(EXPRESSIONS))
def test_times_only_go_forward_and_begin_anywhere_the_same(
    moment: datetime, zone: str, expression: str
) -> None:
    schedule = Schedule.read(expression, zone)
    found = [time.astimezone(UTC) for time in islice(schedule.after(moment), 30)]
    assert found == sorted(set(found))
    for before, after in pairwise(found):
        assert next(schedule.after(before)).astimezone(UTC) == after


def test_between_includes_its_end_and_not_its_begin() -> None:
    hourly = Schedule.read("0 * * * *")
    begin, end = datetime(2026, 1, 1, 3, tzinfo=UTC), datetime(2026, 1, 1, 5, tzinfo=UTC)
    assert [time.hour for time in hourly.between(begin, end)] == [4, 5]


def test_blanks_do_not_count() -> None:
    assert Schedule.read("  0   2\t* * mon-fri ").expression == "0 2 * * mon-fri"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("@daily", "five fields are needed"),
        ("0 0 2 * * *", "five fields are needed"),
        ("", "five fields are needed"),
        ("61 * * * *", "its minute does not fit"),
        ("0 24 * * *", "its hour does not fit"),
        ("0 0 32 * *", "its day of month does not fit"),
        ("0 0 31 4 *", "its day of month does not fit"),
        ("0 0 * 13 *", "its month does not fit"),
        ("0 0 * * MON#6", "its day of week does not fit"),
        ("*/0 * * * *", "its minute does not fit"),
        (f"{'9' * 5000} * * * *", "a number in it does not fit"),
    ],
)
def test_what_is_no_schedule_is_refused_in_words(expression: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Schedule.read(expression)


def test_zones_are_known_by_their_full_names() -> None:
    assert known_zone("Europe/Oslo")
    assert known_zone("UTC")
    for name in ("Europe", "oslo", "", "../etc/passwd", "CEST"):
        assert not known_zone(name)
