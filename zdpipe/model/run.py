"""A run and what became of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum

from zdpipe.errors import ZdpipeError
from zdpipe.model.canary import Canary
from zdpipe.model.gone import Farewells
from zdpipe.model.guard import Verdict

# The code of a run's stop where a guard refused its plan.
REFUSED = "guard"


class Outcome(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    SUPERSEDED = "superseded"


# Every row of a run that ended so has an outcome.
THROUGH = frozenset({Outcome.SUCCEEDED, Outcome.PARTIAL})


def ended_early(outcome: Outcome, finished_at: datetime | None) -> bool:
    """Tell whether a run is over and was not through; one that could go on is not over."""
    return finished_at is not None and outcome not in THROUGH


class ConservationError(ZdpipeError):
    """Raised when rows went missing or doubled: a bug of ours, never the data's fault."""

    code = "conservation"
    exit_code = 3


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by what became of them; `read` is the sum of all the others."""

    read: int = 0
    rejected: int = 0
    duplicate: int = 0
    unchanged: int = 0
    created: int = 0
    updated: int = 0
    failed: int = 0
    pending: int = 0

    def as_json(self) -> dict[str, int]:
        """Return the promised JSON shape."""
        return asdict(self)

    def check_conservation(self) -> None:
        """Raise ConservationError unless every row read has exactly one outcome."""
        accounted = sum(asdict(self).values()) - self.read
        if accounted != self.read:
            raise ConservationError(
                f"{self.read} rows were read but {accounted} are accounted for: {asdict(self)}",
                "Please report this; the state folder holds what is needed to find out.",
            )


@dataclass(frozen=True, slots=True)
class Effort:
    """What some work on a run cost: requests made, seconds of sending at the limit's pace, seconds in all."""

    requests: int = 0
    sending_seconds: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ended before it was through; the hint is the command that continues it."""

    code: str
    message: str
    hint: str
    exit_code: int

    @classmethod
    def from_error(cls, error: ZdpipeError) -> Stop:
        """Keep what an error says."""
        return cls(error.code, error.message, error.hint, error.exit_code)


@dataclass(frozen=True, slots=True)
class Retried:
    """Whom a retry is about: who failed in the run it retries, and how many of them left the query."""

    people: int = 0
    missing: int = 0

    def as_json(self) -> dict[str, int]:
        """Return the JSON shape."""
        return {"people": self.people, "no_longer_in_query": self.missing}


@dataclass(frozen=True, slots=True)
class FailureExample:
    """Zendesk's own words for a failed user object, and the object as JSON text where it is still there."""

    words: str
    payload: str | None = None


@dataclass(frozen=True)
class RunReport:
    """Everything that can be said of a run, while it is going and afterwards.

    `seconds` is the time spent in it, resumes included; `users_per_second` the pace while sending; `resumes`
    how often it was resumed, for a resumed run stays the run it was; `retries` the run whose failed people it
    sent again, `retried` who they are once that is known. `failure_examples` has one for each reason in
    `failures` where somebody looks at one run; they are personal data and no part of the JSON. `guards` has
    how each guard ruled, once the run is planned. `sample` is how many people it sends at most, `canary`
    who goes ahead of all others, `rolls_back` the run that it takes back, `orchestration` what began it, and
    `is_on_program` whether that still has its query and was not begun again since. `farewells` tells what
    became of those who were gone, or back. `again` is the command that does once more what it was to do:
    `is_full` says that every valid row was to be sent, `is_sealed` that a sealed plan was. `is_closed` says
    that somebody closed it before it was through. `held_by` names the process that holds its account, where
    that keeps it from going on.
    """

    run_id: str
    query: str
    destination: str
    outcome: Outcome
    counts: Counts
    started_at: datetime
    gone: int = 0
    rejections: Mapping[str, int] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    jobs: int = 0
    seconds: float = 0.0
    users_per_second: float = 0.0
    finished_at: datetime | None = None
    resumes: int = 0
    retries: str | None = None
    rejects_files: tuple[str, ...] = ()
    stop: Stop | None = None
    retried: Retried | None = None
    failure_examples: Mapping[str, FailureExample] = field(default_factory=dict)
    guards: tuple[Verdict, ...] = ()
    sample: int | None = None
    canary: Canary | None = None
    rolls_back: str | None = None
    farewells: Farewells = field(default_factory=Farewells)
    again: str = ""
    is_full: bool = False
    is_sealed: bool = False
    is_closed: bool = False
    held_by: str = ""
    orchestration: str | None = None
    is_on_program: bool = False

    @property
    def was_refused(self) -> bool:
        """Whether a guard kept it from sending anything."""
        return self.stop is not None and self.stop.code == REFUSED

    def as_json(self) -> dict[str, object]:
        """Return the promised JSON shape, with a few additions at the end.

        `retried` is there for a planned retry only, `sample` for a sample, `canary` where people go ahead,
        `rolls_back` for a rollback, `orchestration` where one began it, `gone_actions` where something is
        done to people who are gone or back, `error` where the run stopped.
        """
        document: dict[str, object] = {
            "run_id": self.run_id,
            "query": self.query,
            "destination": self.destination,
            "outcome": self.outcome.value,
            "counts": self.counts.as_json(),
            "gone": self.gone,
            "rejections": dict(self.rejections),
            "warnings": dict(self.warnings),
            "requests": self.requests,
            "jobs": self.jobs,
            "seconds": round(self.seconds, 3),
            "users_per_second": round(self.users_per_second, 2),
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "resumes": self.resumes,
            "retries": self.retries,
            "failures": dict(self.failures),
            "guards": [verdict.as_json() for verdict in self.guards],
            "rejects_files": list(self.rejects_files),
        }
        if self.retried is not None:
            document["retried"] = self.retried.as_json()
        if self.sample is not None:
            document["sample"] = self.sample
        if self.canary is not None:
            document["canary"] = self.canary.as_json()
        if self.rolls_back is not None:
            document["rolls_back"] = self.rolls_back
        if self.orchestration is not None:
            document["orchestration"] = self.orchestration
        if self.farewells:
            document["gone_actions"] = self.farewells.as_json()
        if self.stop is not None:
            document["error"] = {"code": self.stop.code, "message": self.stop.message, "hint": self.stop.hint}
        return document
