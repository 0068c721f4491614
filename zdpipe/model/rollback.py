"""Taking a run back: what can be put back, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from zdpipe.model.run import RunReport


class NotRestorable(StrEnum):
    """Why something stays as the run left it."""

    NOT_READ = "not_read"
    CHANGED_BY_OTHERS = "changed_by_others"
    WRITTEN_BY_LATER_RUN = "written_by_later_run"
    USER_GONE = "user_gone"
    USER_UNCLEAR = "user_unclear"
    CREATED = "created"
    NEVER_EMPTIED = "never_emptied"
    IDENTITY_LEADS = "identity_leads"
    IDENTITY_REMOVED = "identity_removed"


NOT_RESTORABLE: Mapping[NotRestorable, str] = {
    NotRestorable.NOT_READ: "Nobody read what was there before.",
    NotRestorable.CHANGED_BY_OTHERS: "Somebody else changed it since, and it is theirs.",
    NotRestorable.WRITTEN_BY_LATER_RUN: "A later run wrote it, too; take that one back first.",
    NotRestorable.USER_GONE: "The account has no such user any more.",
    NotRestorable.USER_UNCLEAR: "The user is staff by now, or may be somebody else's.",
    NotRestorable.CREATED: "The run created the user, who stays unless --suspend-created is given.",
    NotRestorable.NEVER_EMPTIED: "There was nothing before, and this is never emptied.",
    NotRestorable.IDENTITY_LEADS: "The run added it, and it leads by now.",
    NotRestorable.IDENTITY_REMOVED: "The run removed it, and nothing adds an address or a number anew.",
}


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Something that stays: whose, which column (None for the whole person), and why."""

    key: str
    column: str | None
    reason: NotRestorable


@dataclass(frozen=True)
class RollbackPlan:
    """What taking a run back would do.

    `fields` has for each column the people of whom it is put back, `people` counts those of whom anything is
    written, `identities` addresses and numbers to remove, `suspended` people to suspend. `left` counts what
    is left alone, by reason, and `examples` has some of it.
    """

    run_id: str
    query: str
    destination: str
    people: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)
    identities: int = 0
    suspended: int = 0
    left: Mapping[NotRestorable, int] = field(default_factory=dict)
    examples: Sequence[LeftAlone] = ()
    requests: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.people or self.identities)


@dataclass(frozen=True)
class RolledBack:
    """What was to be done, and the run that did it; None where none was begun."""

    plan: RollbackPlan
    run: RunReport | None = None
    files: tuple[str, ...] = ()
