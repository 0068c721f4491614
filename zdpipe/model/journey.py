"""One customer's way through one run: from the source's rows to what Zendesk said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from zdpipe.model.batch import BatchState, ItemStatus, Sending
from zdpipe.model.finding import Span
from zdpipe.model.gone import PENDING, Deed, Fate


class Did(StrEnum):
    """What a run did about a customer."""

    CREATED = "created"
    UPDATED = "updated"
    FAILED = "failed"
    WAITING = "waiting"  # planned, and not settled yet
    NOT_SENT = "not_sent"  # planned, and never to be sent
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    GONE = "gone"  # sent by the query before, and in none of its rows
    NOTHING_KEPT = "nothing_kept"  # unchanged or gone: nobody looked yet
    ABSENT = "absent"


class Role(StrEnum):
    """What a source row was for its customer."""

    LEAD = "lead"
    FURTHER = "further"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    UNRANKED = "unranked"  # one of several that were read for the explanation


class Why(StrEnum):
    """Why a row led."""

    ONLY_ROW = "only_row"
    HAS_EXTERNAL_ID = "has_external_id"
    PRIMARY_EMAIL = "primary_email"
    SMALLEST = "smallest"


class Treatment(StrEnum):
    """What normalization did to a value."""

    AS_IT_IS = "as_it_is"
    TRIMMED = "trimmed"
    BLANKS_FOLDED = "blanks_folded"
    LOWER_CASE = "lower_case"
    ADDRESS = "address"
    E164 = "e164"
    TWO_CAPITALS = "two_capitals"
    TWO_DECIMALS = "two_decimals"
    WHOLE_NUMBER = "whole_number"
    TRUE_OR_FALSE = "true_or_false"
    DATE = "date"
    TIMESTAMP = "timestamp"
    LIST = "list"
    CHARACTERS_DROPPED = "characters_dropped"
    TRANSLATED = "translated"
    BLANK = "blank"
    LEFT_OUT = "left_out"


class Effect(StrEnum):
    """What became of a field."""

    SET = "set"
    CHANGED = "changed"
    ADDED = "added"  # an address beside others
    EMPTIED = "emptied"
    KEPT = "kept"  # to be emptied, and kept because somebody else changed it
    SAME = "same"
    SENT = "sent"  # whatever was there before: the run kept nothing of that


@dataclass(frozen=True, slots=True)
class Line:
    """An expression of SQL that has a part in a value, and where it stands."""

    path: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Trace:
    """What makes a column: expressions from the result inward, and the columns of the source they end at.

    `is_whole` is False where the way could not be followed to its end.
    """

    lines: tuple[Line, ...] = ()
    ends: tuple[str, ...] = ()
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Remark:
    """A rejection's or warning's code, the column it is about, the value it names, and what would fit."""

    reason: str
    column: str | None = None
    value: str | None = None
    fits: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One output column of a row: as the source has it, and as it is sent (JSON text, None for nothing)."""

    column: str
    source: str | None
    value: str | None = None
    treatments: tuple[Treatment, ...] = ()


@dataclass(frozen=True)
class SourceRow:
    """A row of the query's result; `row` is its position, None where only its key led to it.

    `is_of_now` tells that it was read for this explanation, not kept by the run. A rejected row has no
    normalized values.
    """

    row: int | None
    role: Role
    cells: tuple[Cell, ...]
    remarks: tuple[Remark, ...] = ()
    why: Why | None = None
    is_of_now: bool = False


@dataclass(frozen=True, slots=True)
class Shared:
    """An address that several customers of the query have: whose it is, and who goes without it."""

    email: str
    owner: str | None
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A value that was known, as JSON text, and what acknowledged it, None where nobody knows any more.

    What is not ours was read in the account.
    """

    value: str
    run_id: str | None = None
    query: str | None = None
    acknowledged_at: datetime | None = None
    is_ours: bool = True


@dataclass(frozen=True)
class Before:
    """What was known of the customer before the run, by field.

    `overwritten` are fields that later runs wrote, so that nobody can tell any more what was known then.
    """

    user_id: int | str | None = None
    primary_email: str | None = None
    values: Mapping[str, Held] = field(default_factory=dict)
    overwritten: tuple[str, ...] = ()


@dataclass(frozen=True)
class Today:
    """What an account is known to hold of the customer today."""

    account: str
    user_id: int | str | None
    external_id: str | None
    primary_email: str | None
    emails: tuple[str, ...]
    queries: tuple[str, ...]
    values: Mapping[str, Held] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A field before and after, as JSON texts; None for nothing."""

    field: str
    effect: Effect
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Delivery:
    """A user object on its way: its batch, the job that held it, and what Zendesk said of it.

    `sent_at` is when its batch left last, in our time. `words` are Zendesk's own.
    """

    sending: Sending
    batch: int
    position: int
    row: int
    payload: str
    state: BatchState
    attempts: int = 0
    was_unsure: bool = False
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    job_id: str | None = None
    status: ItemStatus | None = None
    user_id: int | str | None = None
    reason: str | None = None
    words: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Farewell:
    """What a run was to do to the customer because they were gone from its query, or back in it.

    `fate` is what became of it: a Fate, or `pending` while nobody knows. `words` are Zendesk's own,
    where it refused.
    """

    run_id: str
    deed: Deed
    fate: str = PENDING
    user_id: int | str | None = None
    words: str | None = None
    request_id: str | None = None

    @property
    def ends_it(self) -> bool:
        """Whether the customer was gone from the query and, after this, is gone no more for it."""
        return not self.deed.takes_back and self.fate != PENDING and Fate(self.fate).is_final


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know about an explanation, by code and in words."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A run that had something to do with the customer."""

    run_id: str
    query: str
    destination: str
    started_at: datetime
    did: Did
    warnings: tuple[str, ...] = ()
    deeds: tuple[Farewell, ...] = ()


@dataclass(frozen=True)
class RunFacts:
    """The run that is explained, and how it hangs together with others."""

    run_id: str
    query: str
    destination: str
    account: str
    outcome: str
    started_at: datetime
    finished_at: datetime | None
    resumes: int = 0
    retries: str | None = None
    retried_by: tuple[str, ...] = ()
    superseded_by: str | None = None
    rolls_back: str | None = None


@dataclass(frozen=True)
class Journey:
    """Everything that can be told of one customer in one run.

    `keys` are identity keys. Without a run there is nothing but `mentions`, `now` and `notes`. Where personal
    data is masked, ids of users are texts.
    """

    keys: tuple[str, ...]
    did: Did = Did.ABSENT
    run: RunFacts | None = None
    rows: tuple[SourceRow, ...] = ()
    columns: Mapping[str, Trace] = field(default_factory=dict)
    shared: tuple[Shared, ...] = ()
    before: Before | None = None
    changes: tuple[Change, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    deeds: tuple[Farewell, ...] = ()
    now: tuple[Today, ...] = ()
    mentions: tuple[Mention, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def is_found(self) -> bool:
        """Whether anything here is about the customer."""
        return bool(self.keys)
