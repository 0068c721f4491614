"""What is done to people who are gone from a query, or back in it, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class GoneAction(StrEnum):
    """What a project wants for people who are gone; also the words of `[gone] action`."""

    REPORT = "report"
    BLANK = "blank"
    TAG = "tag"
    SUSPEND = "suspend"
    DELETE = "delete"


class Deed(StrEnum):
    """What is done to one person: an action, or the taking back of one."""

    BLANK = "blank"
    TAG = "tag"
    SUSPEND = "suspend"
    DELETE = "delete"
    UNTAG = "untag"
    LIFT = "lift"

    @property
    def takes_back(self) -> bool:
        """Whether it is for somebody who came back."""
        return self in {Deed.UNTAG, Deed.LIFT}


class Fate(StrEnum):
    """Codes for what became of a deed; they are promises and never change their meaning."""

    DONE = "done"
    ALREADY = "already"
    CHANGED_BY_OTHERS = "changed_by_others"
    NOT_CREATED_BY_US = "not_created_by_us"
    IN_ANOTHER_QUERY = "in_another_query"
    BY_THE_QUERY = "by_the_query"
    STAFF = "staff"
    NOT_IN_ACCOUNT = "not_in_account"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    NOT_SENT = "not_sent"

    @property
    def is_final(self) -> bool:
        """Whether nothing is left to be done: the person is gone no more for the query."""
        return self not in {*NOT_DONE, Fate.NOT_SENT}


FATES: dict[str, str] = {
    Fate.DONE: "It was done.",
    Fate.ALREADY: "There was nothing to do: it was so already.",
    Fate.CHANGED_BY_OTHERS: "Kept: everything that zdpipe had sent was changed by others since.",
    Fate.NOT_CREATED_BY_US: "Kept: no run of zdpipe is known to have created the user.",
    Fate.IN_ANOTHER_QUERY: "Kept: another query of the project still has the customer.",
    Fate.BY_THE_QUERY: "Left to the query, which says it of the customer itself.",
    Fate.STAFF: "Kept: the user is an agent or admin by now.",
    Fate.NOT_IN_ACCOUNT: "The account has no such user any more.",
    Fate.FAILED: "Zendesk refused it; the next run tries again.",
    Fate.UNCONFIRMED: "Zendesk told no results again and again; the next run tries again.",
    Fate.NOT_SENT: "The run was replaced, or closed, before it came to it.",
}
PENDING = "pending"
# Zendesk did not do it, and the next run tries again.
NOT_DONE = (Fate.FAILED, Fate.UNCONFIRMED)


@dataclass(frozen=True)
class Farewells:
    """What became of a run's gone people, and of those who came back, by fate; `pending` is what is left.

    `action` is what the project wanted when the run was planned.
    """

    action: GoneAction = GoneAction.REPORT
    gone: Mapping[str, int] = field(default_factory=dict)
    returned: Mapping[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.action is not GoneAction.REPORT or bool(self.gone or self.returned)

    @property
    def people(self) -> int:
        """How many people are gone and acted on, or kept for a reason."""
        return sum(self.gone.values())

    @property
    def failed(self) -> int:
        """How many deeds Zendesk did not do."""
        return sum(fates.get(fate, 0) for fates in (self.gone, self.returned) for fate in NOT_DONE)

    @property
    def settled(self) -> int:
        """How many people are gone no more, because they were taken care of."""
        return sum(number for fate, number in self.gone.items() if fate != PENDING and Fate(fate).is_final)

    def as_json(self) -> dict[str, object]:
        """Return the JSON shape."""
        return {
            "action": self.action.value,
            "people": self.people,
            "outcomes": dict(self.gone),
            "returned": dict(self.returned),
        }
