"""Queries that are run together, again and again: how one time of it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from zdpipe.model.guard import Guard
from zdpipe.model.run import THROUGH, RunReport, Stop


class OnFailure(StrEnum):
    """What is done with the queries after one that stopped before it was through."""

    STOP = "stop"
    CONTINUE = "continue"


class Ending(StrEnum):
    """How an occasion of an orchestration stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"  # all queries are through, and some customers did not arrive
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    SUPERSEDED = "superseded"  # it was not through when a later one began
    SKIPPED = "skipped"  # it was due while another one was still going
    NOT_DUE = "not_due"  # nothing was to be done; never kept


# An occasion that ended so can be gone on with.
UNFINISHED = frozenset({Ending.FAILED, Ending.INTERRUPTED})


@dataclass(frozen=True, slots=True)
class Order:
    """How an orchestration is to be run.

    `resumes` goes on with the last occasion, `if_due` does nothing unless a time of the schedule came since;
    `allow` are guards that let its runs pass.
    """

    resumes: bool = False
    if_due: bool = False
    allow: frozenset[Guard] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One query of an occasion: its run, or the error that kept it from one; neither where it never began."""

    query: str
    report: RunReport | None = None
    error: Stop | None = None

    @property
    def stop(self) -> Stop | None:
        """Why it was not through."""
        return self.error or (self.report.stop if self.report else None)

    @property
    def is_through(self) -> bool:
        """Whether every row of it has an outcome."""
        return self.error is None and self.report is not None and self.report.outcome in THROUGH


@dataclass(frozen=True)
class OrchestrationReport:
    """Everything to be said of one occasion; `seconds` is the time from its beginning to its end.

    `due_at` is the time of the schedule that it was for, None where somebody began it. `overlapped` is how
    many more times came while it was going, and were passed over. `next_at` is when it is due again.
    """

    name: str
    destination: str
    ending: Ending
    started_at: datetime | None = None
    finished_at: datetime | None = None
    seconds: float = 0.0
    due_at: datetime | None = None
    resumes: int = 0
    steps: Sequence[Step] = ()
    overlapped: int = 0
    next_at: datetime | None = None
    stop: Stop | None = None

    @property
    def runs(self) -> list[RunReport]:
        """The runs, in order."""
        return [step.report for step in self.steps if step.report is not None]

    @property
    def not_begun(self) -> list[str]:
        """The queries that were never begun, in order."""
        return [step.query for step in self.steps if step.report is None and step.error is None]


@dataclass(frozen=True, slots=True)
class Occasion:
    """One occasion as the state knows it; `errors` are those of queries that began no run, by query.

    `schedule` is what zdpipe.toml said when it began, with the zone; None where nobody wrote it down.
    """

    number: int
    name: str
    ending: Ending
    started_at: datetime
    finished_at: datetime | None = None
    due_at: datetime | None = None
    resumes: int = 0
    overlapped: int = 0
    schedule: str | None = None
    errors: dict[str, Stop] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return the JSON shape."""
        return {
            "outcome": self.ending.value,
            "due_at": _iso(self.due_at),
            "started_at": _iso(self.started_at),
            "finished_at": _iso(self.finished_at),
            "resumes": self.resumes,
            "overlapped": self.overlapped,
        }


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
