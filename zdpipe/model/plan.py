"""What a run would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from zdpipe.model.gone import Farewells
from zdpipe.model.guard import Verdict
from zdpipe.model.identities import Identities
from zdpipe.model.run import Counts
from zdpipe.model.seal import Seal


@dataclass(frozen=True, slots=True)
class Forecast:
    """What sending would take: requests that write, jobs of Zendesk, seconds under all limits known.

    `requests_per_minute` is the account's limit as Zendesk told it, `job_seconds` what its jobs typically
    took; None while nobody knows.
    """

    requests: int
    jobs: int
    seconds: float
    requests_per_minute: int | None = None
    job_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Unapproved:
    """That a run would be refused for want of an approval: why, and the command that gives one."""

    reason: str
    command: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Customers who are read before anything is sent, and the requests that takes.

    Unless `asked`, a run will ask, and the plan takes their fields to be as zdpipe left them.
    """

    customers: int = 0
    requests: int = 0
    asked: bool = False


@dataclass(frozen=True)
class Example:
    """One person before → after; `before` is None for somebody Zendesk does not know from us."""

    key: str
    sending: str
    before: Mapping[str, str | None] | None
    after: Mapping[str, str | None]


@dataclass(frozen=True)
class PlanReport:
    """The forecast of a run: created and updated mean not yet and already among the known users.

    `columns` has for each field the people whose value would change, `updates` those of them that are known
    already. `respelled` people are unchanged although a text of theirs is written otherwise than it is sent.
    `unapproved` is there where the destination demands an approval that the query, as it is, does not have.
    """

    query: str
    destination: str
    counts: Counts
    gone: int
    rejections: Mapping[str, int]
    warnings: Mapping[str, int]
    columns: Mapping[str, int]
    forecast: Forecast
    guards: tuple[Verdict, ...] = ()
    examples: tuple[Example, ...] = field(default_factory=tuple)
    updates: Mapping[str, int] = field(default_factory=dict)
    respelled: int = 0
    identities: Identities = field(default_factory=Identities)
    reading: Reading = field(default_factory=Reading)
    planned_at: datetime | None = None
    seal: Seal | None = None
    farewells: Farewells = field(default_factory=Farewells)
    unapproved: Unapproved | None = None
