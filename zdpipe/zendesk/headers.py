"""What the headers of Zendesk's answers tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from zdpipe.zendesk.texts import whole_number


@dataclass(frozen=True, slots=True)
class Budget:
    """Requests a minute, how many are left of them, and the seconds until all are back; None if not told."""

    limit: int | None
    remaining: int | None
    reset: float | None


@dataclass(frozen=True, slots=True)
class Slots:
    """Bulk jobs that an account takes at once, and how many it would take now; None if not told."""

    total: int | None
    free: int | None


def read_budget(headers: Mapping[str, str]) -> Budget:
    """Read the limit from any of the spellings met in Zendesk's answers (rate limits page, recordings)."""
    return Budget(
        limit=_first(headers, "x-rate-limit", "ratelimit-limit", "rate-limit"),
        remaining=_first(headers, "x-rate-limit-remaining", "ratelimit-remaining", "rate-limit-remaining"),
        reset=_first(headers, "ratelimit-reset", "rate-limit-reset"),
    )


def read_slots(headers: Mapping[str, str]) -> Slots:
    """Read how many bulk jobs the account takes, from `total=30; remaining=29; resets=60`."""
    header = headers.get("zendesk-ratelimit-inflight-jobs", "")
    parts = dict(part.strip().split("=", 1) for part in header.split(";") if "=" in part)
    return Slots(whole_number(parts.get("total", "")), whole_number(parts.get("remaining", "")))


def read_date(headers: Mapping[str, str]) -> datetime | None:
    """Read the server's clock, which shows whole seconds."""
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, OverflowError):
        return None  # a Date that is no date teaches nothing
    # A zone of "-0000" makes a naive time; HTTP dates are UTC (RFC 9110, 5.6.7).
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _first(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        if (number := whole_number(headers.get(name, ""))) is not None:
            return number
    return None
