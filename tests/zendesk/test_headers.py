from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from zdpipe.zendesk.headers import Budget, Slots, read_budget, read_date, read_slots


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
        # No limit, and more than SQLite or int() take.
        ({"x-rate-limit": "9" * 20, "ratelimit-remaining": "9" * 5000}, Budget(None, None, None)),
        ({}, Budget(None, None, None)),
    ],
)
def test_every_spelling_of_the_headers_is_read(headers: dict[str, str], expected: Budget) -> None:
    assert read_budget(httpx.Headers(headers)) == expected


@pytest.mark.parametrize(
    ("text", "total", "free"),
    [
        ("total=30; remaining=29; resets=60", 30, 29),
        ("remaining = 3", None, None),
        ("total=30;remaining=0;resets=60", 30, 0),
        ("remaining=many", None, None),
        ("total=60", 60, None),
        ("nonsense", None, None),
        ("", None, None),
    ],
)
def test_job_slots_are_read(text: str, total: int | None, free: int | None) -> None:
    assert read_slots(httpx.Headers({"Zendesk-RateLimit-inflight-jobs": text})) == Slots(total, free)


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0000"])
def test_a_date_is_utc(zone: str) -> None:
    date = read_date(httpx.Headers({"Date": f"Sun, 22 Nov 2026 15:00:00 {zone}"}))
    assert date == datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "2026-11-22", f"Sun, 22 Nov {10**30} 15:00:00 GMT"])
def test_what_is_no_date_teaches_nothing(text: str) -> None:
    assert read_date(httpx.Headers({"Date": text})) is None
