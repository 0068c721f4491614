"""What stands between a query that was tried in one account and its runs in another."""

from __future__ import annotations

from dataclasses import dataclass

from zdpipe.model.account_facts import AccountFacts, Difference, FieldDifference
from zdpipe.model.approval import Approval, QueryPrint
from zdpipe.model.finding import Finding
from zdpipe.model.plan import PlanReport
from zdpipe.model.run import RunReport


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that would fail in the account, and its cure.

    Unless it `stops`, it is about some customers only, or about what nobody can know, and a person decides.
    """

    code: str
    message: str
    hint: str
    stops: bool = True


@dataclass(frozen=True)
class Promotion:
    """A query, the two accounts, where they differ, and what would fail in the second one.

    `sent` are the keys of the custom fields that the query fills; `plan` is None where the linter refuses.
    `tried` is the last run of exactly this text in the first account that this project's state knows.
    `unapproved` are other queries of the project that the destination will refuse from the first approval
    on; `demanded` says whether the destination is protected, so that approvals count for anything. `before`
    is the approval that the query has had so far, `approval` the one that was given now. `is_draft` says that
    the query's own header calls it unfinished.
    """

    query: str
    made_of: QueryPrint
    source: AccountFacts
    target: AccountFacts
    sent: frozenset[str]
    fields: tuple[FieldDifference, ...]
    rights: tuple[Difference, ...]
    limits: tuple[Difference, ...]
    findings: tuple[Finding, ...]
    plan: PlanReport | None
    tried: RunReport | None
    unapproved: tuple[str, ...]
    demanded: bool
    obstacles: tuple[Obstacle, ...] = ()
    is_draft: bool = False
    before: Approval | None = None
    approval: Approval | None = None

    @property
    def may_be_approved(self) -> bool:
        """Whether nothing stands in the way of an approval."""
        return not any(obstacle.stops for obstacle in self.obstacles)
