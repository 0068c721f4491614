"""What would fail in an account that a query was not tried in."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Sequence

from zdpipe.model.fields import custom_field_key, is_custom_field
from zdpipe.model.finding import Finding, Severity
from zdpipe.model.guard import Guard, Ruling
from zdpipe.model.plan import PlanReport
from zdpipe.model.promotion import Obstacle, Promotion
from zdpipe.model.run import Outcome
from zdpipe.pipeline.drafts import MARK


def obstacles(promotion: Promotion, allow: Collection[Guard] = ()) -> Iterator[Obstacle]:
    """Yield what would fail in the second account; guards in `allow` count for nothing."""
    yield from _linter(promotion.findings)
    yield from _draft(promotion)
    yield from _rights(promotion)
    yield from _fields(promotion)
    if promotion.plan is not None:
        yield from _guards(promotion, promotion.plan, allow)
        yield from _addresses(promotion, promotion.plan)
    yield from _trial(promotion)


def has_errors(findings: Sequence[Finding]) -> bool:
    """Tell whether the linter keeps a query from running."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def sent_fields(columns: frozenset[str] | None, plan: PlanReport | None) -> frozenset[str]:
    """Return the keys of the custom fields that a query fills, by its plan or else by its text."""
    names = plan.columns if plan is not None else columns or ()
    return frozenset(custom_field_key(name) for name in names if is_custom_field(name))


def _linter(findings: Sequence[Finding]) -> Iterator[Obstacle]:
    for finding in findings:
        if finding.severity is Severity.ERROR:
            place = f"{finding.path}:{finding.span.line}:{finding.span.column}"
            yield Obstacle(
                "lint", f"{place}: {finding.code} {finding.message}", f"zdpipe rules {finding.code}"
            )


def _draft(promotion: Promotion) -> Iterator[Obstacle]:
    """Nobody approves what its own author calls unfinished: a run would refuse it, approved or not."""
    if promotion.is_draft:
        yield Obstacle(
            "draft",
            f"{promotion.query} is a draft ({MARK}), which may only be sent as a sample.",
            "Once it is ready, take draft=yes out of its header and promote it then.",
        )


def _rights(promotion: Promotion) -> Iterator[Obstacle]:
    refusal = promotion.target.no_import
    if refusal is not None:
        yield Obstacle(refusal.code, refusal.message, refusal.hint)


def _fields(promotion: Promotion) -> Iterator[Obstacle]:
    target = promotion.target
    for key in sorted(promotion.sent):
        field = target.fields.get(key)
        if field is None:
            yield Obstacle(
                "missing_field",
                f"{target.account} has no custom field {key}.",
                f"Create it in {target.destination}, or take user_fields.{key} out of the query.",
            )
        elif not field.active:
            yield Obstacle(
                "inactive_field",
                f"The custom field {key} is switched off in {target.account}.",
                f"Switch it on in {target.destination}, or take user_fields.{key} out of the query.",
            )


def _guards(promotion: Promotion, plan: PlanReport, allow: Collection[Guard]) -> Iterator[Obstacle]:
    command = ["zdpipe", "promote", promotion.query, "--from", promotion.source.destination]
    command += ["--to", promotion.target.destination]
    for verdict in plan.guards:
        if verdict.ruling is Ruling.REFUSE and verdict.guard not in allow:
            again = shlex.join([*command, "--allow", verdict.guard])
            yield Obstacle(
                f"guard_{verdict.guard}",
                f"A guard would refuse the run: {verdict.words}.",
                f"If that is right, the run wants --allow {verdict.guard}, and this does, too: {again}",
            )


def _addresses(promotion: Promotion, plan: PlanReport) -> Iterator[Obstacle]:
    taken, asked = plan.identities.taken, plan.identities.asked
    if taken.addresses:
        yield Obstacle(
            "email_taken",
            f"Of {asked} new addresses that were looked up, {taken.addresses} belong to other users of "
            f"{promotion.target.account}; these customers are likely to fail.",
            "Merge these users in Zendesk, or leave it: everybody else arrives.",
            stops=False,
        )


def _trial(promotion: Promotion) -> Iterator[Obstacle]:
    """Look for the test that should have come first; another machine's state may know of it."""
    source, tried = promotion.source.destination, promotion.tried
    again = shlex.join(["zdpipe", "run", promotion.query, "--to", source])
    if tried is None:
        yield Obstacle(
            "not_tried",
            f"This text of the query was never run against {source} from here.",
            f"Try it there first: {again}",
            stops=False,
        )
    elif tried.outcome is not Outcome.SUCCEEDED:
        yield Obstacle(
            "trial_failed",
            f"The last run of this text against {source}, {tried.run_id}, did not succeed: "
            f"{tried.outcome}, {tried.counts.failed} customers failed.",
            f"See: zdpipe runs show {tried.run_id}",
            stops=False,
        )
