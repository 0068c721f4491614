"""What is told to people who are not there: the states something can get into, and how telling them went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from zdpipe.model.orchestration import OrchestrationReport
from zdpipe.model.run import RunReport, Stop


class Kind(StrEnum):
    """The states of a query at a destination, or of an orchestration, that people are told about."""

    FAILURE = "failure"
    REJECTED = "rejected"
    FAILED = "failed"
    CHANGED = "changed"
    SLOW = "slow"
    NOTHING_SENT = "nothing_sent"
    FULL_SEND = "full_send"
    MISSED = "missed"

    @property
    def is_lasting(self) -> bool:
        """Whether it goes on until something is mended; what merely happened once has no end to be told."""
        return self not in {Kind.CHANGED, Kind.FULL_SEND}


# The word for the end of a lasting state, wherever kinds are named.
RECOVERY = "recovery"
# The cause of a failure that nobody could tell of when it happened.
KILLED = "killed"
# The cause of a time that was missed because the one before it was not through.
STILL_GOING = "still_going"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom alerts are about: a query's path in the project, and the name of a destination.

    Of all queries of an orchestration together it is the orchestration's name, and `query` is empty.
    """

    query: str
    destination: str
    orchestration: str = ""

    @property
    def name(self) -> str:
        """Say it without the destination."""
        return f"orchestration {self.orchestration}" if self.orchestration else self.query


@dataclass(frozen=True, slots=True)
class Finding:
    """That a state holds: `cause` tells it from others of its kind, `words` say it with its numbers."""

    kind: Kind
    cause: str
    words: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one ending says of a subject.

    States in `findings` hold, those in `clear` do not, and of all others nothing is known; those in `mended`
    are over where they were about one of the `runs`. `stop` is why it failed, with the cure; `run_id` and
    `report` are there where a run was recorded, `occasion` where one of an orchestration was.
    """

    subject: Subject
    findings: tuple[Finding, ...] = ()
    clear: frozenset[Kind] = frozenset()
    mended: frozenset[Kind] = frozenset()
    runs: frozenset[str] = frozenset()
    stop: Stop | None = None
    run_id: str | None = None
    report: RunReport | None = None
    occasion: OrchestrationReport | None = None

    @property
    def began_at(self) -> datetime | None:
        """When what is judged began; None where nothing was recorded."""
        if self.report is not None:
            return self.report.started_at
        return self.occasion.started_at if self.occasion else None

    def finding(self, kind: Kind) -> Finding | None:
        """Return what was found of a kind, if it holds."""
        return next((finding for finding in self.findings if finding.kind is kind), None)

    def is_over(self, state: State) -> bool:
        """Tell whether a state holds no more."""
        return state.kind in self.clear or (state.kind in self.mended and state.run_id in self.runs)


@dataclass(frozen=True, slots=True)
class State:
    """One state as a channel knows it, or is to know it.

    `is_over` says that its end is to be told. Until it `is_told`, nobody knows that what there is to tell
    arrived; `tries` are the attempts that may have.
    """

    kind: Kind
    cause: str
    since: datetime
    run_id: str | None = None
    is_over: bool = False
    is_told: bool = False
    tries: int = 0
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """One message to one channel: what began, and what is over."""

    channel: str
    judgement: Judgement
    begun: tuple[State, ...] = ()
    over: tuple[State, ...] = ()

    @property
    def states(self) -> tuple[State, ...]:
        """Everything it tells."""
        return (*self.begun, *self.over)

    @property
    def names(self) -> tuple[str, ...]:
        """What it tells, in words of `[alerts] silent`."""
        return (*(state.kind for state in self.begun), *([RECOVERY] if self.over else []))


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel gets; `is_good` tells good news from bad ones."""

    title: str
    body: str
    is_good: bool = False


class Delivery(StrEnum):
    """How telling a channel went."""

    SENT = "sent"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    BROKEN = "broken"
    NO_SECRET = "no_secret"  # noqa: S105 - the name of an outcome
    NO_SERVICE = "no_service"
    NOT_INSTALLED = "not_installed"

    @property
    def is_doubtful(self) -> bool:
        """Whether the message may have arrived all the same."""
        return self in {Delivery.TIMED_OUT, Delivery.BROKEN}


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one message; `words` say it without any of the channel's secret, `hint` is the cure."""

    channel: str
    delivery: Delivery
    words: str = ""
    hint: str = ""

    @property
    def ok(self) -> bool:
        """Whether it was delivered."""
        return self.delivery is Delivery.SENT


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as it is remembered."""

    sent_at: datetime
    channel: str
    subject: Subject
    run_id: str | None
    kinds: tuple[str, ...]
    delivery: Delivery
    words: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of alerts: states with their channels and subjects, the newest messages first."""

    states: tuple[tuple[str, Subject, State], ...] = ()
    messages: tuple[Sent, ...] = ()
