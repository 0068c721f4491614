"""What an endpoint is given: one authenticated request inside one transaction on the account."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from zdpipe.simulator.effects import FailItems, JobFate
from zdpipe.simulator.messages import Request, Response, bad_request
from zdpipe.simulator.settings import Settings

MOST_IDS = 100


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an endpoint: `now` is the request's arrival in seconds since 1970, `ids` those in its path.

    `fault` is what the job that the call makes will meet.
    """

    db: sqlite3.Connection
    request: Request
    now: float
    settings: Settings
    ids: tuple[str, ...] = ()
    fault: JobFate | FailItems | None = None

    @property
    def id(self) -> str:
        """The first id in the path."""
        return self.ids[0]


Endpoint = Callable[[Call], Response]


def listed(call: Call, name: str) -> list[str]:
    """Return the values of a comma-separated query parameter, without repeats."""
    values = (call.request.param(name) or "").split(",")
    return list(dict.fromkeys(value.strip() for value in values if value.strip()))


def too_many(count: int, what: str) -> Response | None:
    """Refuse more values than a look-up takes."""
    return bad_request(f"No more than {MOST_IDS} {what} are allowed") if count > MOST_IDS else None
