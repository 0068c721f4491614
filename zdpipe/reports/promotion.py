"""A promotion as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from zdpipe.model.account_facts import AccountFacts
from zdpipe.model.approval import Approval, Withdrawal
from zdpipe.model.promotion import Obstacle, Promotion
from zdpipe.reports.differences import fact_json, fact_lines, field_json, field_lines
from zdpipe.reports.plan_json import plan_json
from zdpipe.reports.plan_text import plan_text
from zdpipe.reports.run_json import run_json
from zdpipe.reports.words import count, moment, printable

_INDENT = (0, 0, 0, 2)


def promotion_text(promotion: Promotion) -> RenderableType:
    """Return where the accounts differ, what linter and plan say, and what would fail."""
    return Group(
        Text(
            printable(f"{promotion.query}: {_named(promotion.source)} → {_named(promotion.target)}"), "bold"
        ),
        *_differences(promotion),
        *_findings(promotion),
        *_plan(promotion),
        *_obstacles("What would fail", [each for each in promotion.obstacles if each.stops], "bold red"),
        *_obstacles(
            "What to think about", [each for each in promotion.obstacles if not each.stops], "bold yellow"
        ),
    )


def approval_text(promotion: Promotion, *, dry_run: bool = False) -> RenderableType:
    """Return what came of a promotion, and what follows from it."""
    where = _named(promotion.target)
    if promotion.approval is not None:
        return Group(
            Text(),
            Text(printable(f"Approved for {where} by {promotion.approval.by}."), "bold green"),
            *(Text(words) for words in _consequences(promotion)),
        )
    if not promotion.may_be_approved:
        return Group(Text(), Text(printable(f"Not approved for {where}: see what would fail."), "bold red"))
    words = "Nothing stands in the way of an approval" if dry_run else "Not approved"
    return Group(Text(), Text(printable(f"{words} for {where}."), "bold"))


def promotion_json(promotion: Promotion) -> dict[str, object]:
    """Return the JSON shape; personal data in the plan is masked."""
    return {
        "query": promotion.query,
        "from": _account_json(promotion.source),
        "to": _account_json(promotion.target),
        "fields": [field_json(each) | {"sent": each.key in promotion.sent} for each in promotion.fields],
        "rights": [fact_json(each) for each in promotion.rights],
        "limits": [fact_json(each) for each in promotion.limits],
        "findings": [finding.as_json() for finding in promotion.findings],
        "plan": None if promotion.plan is None else plan_json(promotion.plan),
        "tried": None if promotion.tried is None else run_json(promotion.tried),
        "obstacles": [_obstacle_json(each) for each in promotion.obstacles],
        "unapproved": list(promotion.unapproved),
        "before": _approval_json(promotion.before),
        "approval": _approval_json(promotion.approval),
    }


def withdrawal_text(withdrawal: Withdrawal, *, dry_run: bool = False) -> RenderableType:
    """Return whose approvals are withdrawn, and what a run then needs."""
    where = f"{withdrawal.destination} ({withdrawal.account})"
    verb = "Would be withdrawn" if dry_run else "Withdrawn"
    lines = [
        f"{verb} for {where}: the approval of {withdrawal.query} that {each.by} gave on {_day(each)}."
        for each in withdrawal.taken
    ]
    return Group(
        *(Text(printable(line), "bold") for line in lines),
        *(Text(printable(words)) for words in _without(withdrawal)),
    )


def withdrawal_json(withdrawal: Withdrawal, *, dry_run: bool = False) -> dict[str, object]:
    """Return the JSON shape; `left` counts the approvals that the destination has then."""
    return {
        "query": withdrawal.query,
        "to": {"destination": withdrawal.destination, "account": withdrawal.account},
        "withdrawn": [each.as_json() for each in withdrawal.taken],
        "left": withdrawal.left,
        "dry_run": dry_run,
    }


def _without(withdrawal: Withdrawal) -> Iterator[str]:
    if not withdrawal.demanded:
        yield f"{withdrawal.destination} is not protected, so nothing asked for it."
    elif withdrawal.left:
        yield f"{withdrawal.destination} refuses the query until it is approved once more."
    else:
        yield (
            f"It was the last one: {withdrawal.destination} has no approvals then, and takes any query after "
            "a confirmation, or with --yes."
        )


def _differences(promotion: Promotion) -> Iterator[RenderableType]:
    names = (promotion.source.destination, promotion.target.destination)
    if not (promotion.fields or promotion.rights or promotion.limits):
        yield Text("\nThe accounts have the same custom fields, rights and limits.", "green")
    if promotion.fields:
        yield Text("\nCustom fields that differ", "bold")
        yield from field_lines(promotion.fields, names, promotion.sent)
    if promotion.rights:
        yield Text("\nRights that differ", "bold")
        yield from fact_lines(promotion.rights, names)
    if promotion.limits:
        yield Text("\nLimits that differ", "bold")
        yield from fact_lines(promotion.limits, names)


def _findings(promotion: Promotion) -> Iterator[RenderableType]:
    if not promotion.findings:
        return
    yield Text("\nThe linter", "bold")
    for finding in promotion.findings:
        place = f"{finding.path}:{finding.span.line}:{finding.span.column}"
        words = f"{place} {finding.severity} {finding.code}: {finding.message}"
        yield Padding(Text(printable(words)), _INDENT)


def _plan(promotion: Promotion) -> Iterator[RenderableType]:
    if promotion.plan is not None:
        yield Text()
        yield plan_text(promotion.plan)


def _obstacles(title: str, obstacles: list[Obstacle], style: str) -> Iterator[RenderableType]:
    if not obstacles:
        return
    yield Text(f"\n{title}", style)
    for obstacle in obstacles:
        yield Padding(Text(printable(f"{obstacle.code}: {obstacle.message}")), _INDENT)
        yield Padding(Text(printable(obstacle.hint), "dim"), (0, 0, 0, 4))


def _consequences(promotion: Promotion) -> Iterator[str]:
    name = promotion.target.destination
    if promotion.before is not None:
        yield f"It takes the place of what {promotion.before.by} approved on {_day(promotion.before)}."
    if not promotion.demanded:
        yield f"{name} is not protected, so nothing asks for it; [destinations.{name}] protected = true does."
        return
    yield f"{name} takes this text of the query without --yes, and no other text of it."
    if promotion.unapproved:
        number = count(len(promotion.unapproved), "query", "queries")
        yield (
            f"It takes approved queries only, and {number} of the project have no approval: "
            f"{printable(', '.join(promotion.unapproved))}."
        )


def _named(facts: AccountFacts) -> str:
    return f"{facts.destination} ({facts.account})"


def _day(approval: Approval) -> str:
    return moment(approval.at)[:10]


def _account_json(facts: AccountFacts) -> dict[str, object]:
    return {
        "destination": facts.destination,
        "account": facts.account,
        "custom_fields": len(facts.fields),
        "signs_in_with": facts.way_in,
        "role": facts.role,
        "bulk_import": facts.no_import is None,
        "requests_per_minute": facts.requests_per_minute,
        "jobs_at_once": facts.jobs_at_once,
        "users_per_second": facts.users_per_second,
    }


def _obstacle_json(obstacle: Obstacle) -> dict[str, object]:
    return {
        "code": obstacle.code,
        "message": obstacle.message,
        "hint": obstacle.hint,
        "stops": obstacle.stops,
    }


def _approval_json(approval: Approval | None) -> dict[str, object] | None:
    return None if approval is None else approval.as_json()
