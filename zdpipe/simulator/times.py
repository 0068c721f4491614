"""Times as Zendesk writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime


def utc_now() -> datetime:
    """Return the machine's time in UTC, for accounts that nobody gives another clock."""
    return datetime.now(UTC)  # noqa: TID251 - the simulator shares nothing with the rest, its clock included


def iso(at: float) -> str:
    """Return seconds since 1970 as an ISO-8601 time of whole seconds, as user objects show it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def spelled_out(at: float) -> str:
    """Return seconds since 1970 in the form that job messages use."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S +0000")


def http_date(at: float) -> str:
    """Return seconds since 1970 in the form of the Date header."""
    return format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True)
