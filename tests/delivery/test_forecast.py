from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zdpipe.delivery.forecast import forecast

FEW = st.integers(0, 100_000)


@pytest.mark.parametrize(
    ("users", "batches", "known", "seconds"),
    [
        (0, 0, {"job_seconds": 5.0}, 0.0),
        (250, 3, {}, 2.5),
        (250, 3, {"job_seconds": 5.0}, 7.5),
        (700, 7, {"requests_per_minute": 10}, 7.0),  # ten a minute, three of them to read
        (800, 8, {"requests_per_minute": 10}, 60.0),
        (7_001, 71, {"requests_per_minute": 10}, 600.0),
        (7_000, 70, {"requests_per_minute": 700}, 70.0),
        (3_100, 31, {"job_seconds": 60.0}, 120.0),  # thirty jobs at once
        (13_500, 135, {}, 135.0),
    ],
)
def test_the_tightest_limit_decides(
    users: int, batches: int, known: dict[str, float], seconds: float
) -> None:
    found = forecast(users, batches, 100, **known)
    assert found.seconds == pytest.approx(seconds)
    assert (found.requests, found.jobs) == (batches, batches)


@settings(deadline=None)
@given(FEW, st.integers(1, 100), st.integers(1, 1000), st.floats(0, 600))
def test_it_is_never_faster_than_the_pace_and_more_never_takes_less(
    users: int, size: int, limit: int, job: float
) -> None:
    def seconds(number: int, requests: int) -> float:
        batches = -(-number // size)
        return forecast(number, batches, size, requests_per_minute=requests, job_seconds=job).seconds

    assert seconds(users, limit) >= users / size
    assert seconds(users + size, limit) >= seconds(users, limit)
    assert seconds(users, limit + 1) <= seconds(users, limit)
