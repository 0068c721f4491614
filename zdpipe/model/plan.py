"""What a run would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zdpipe.model.guard import Verdict
from zdpipe.model.run import Counts


@dataclass(frozen=True, slots=True)
class Forecast:
    """What sending would take: requests that write, jobs of Zendesk, seconds at the configured pace."""

    requests: int
    jobs: int
    seconds: float


@dataclass(frozen=True)
class Example:
    """One person before → after; `before` is None for somebody Zendesk does not know from us."""

    key: str
    sending: str
    before: Mapping[str, str | None] | None
    after: Mapping[str, str | None]


@dataclass(frozen=True)
class PlanReport:
    """The forecast of a run: created and updated mean not yet and already among the known users."""

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
