"""A plan in words for the person who is about to run it."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from zdpipe.model.guard import Ruling
from zdpipe.model.plan import Example, PlanReport
from zdpipe.reports.codes import code_list
from zdpipe.reports.counts_table import FORECAST, counts_table
from zdpipe.reports.facts import copyable, facts_table
from zdpipe.reports.identity_words import collisions
from zdpipe.reports.plan_words import changes, forecast_facts, heading
from zdpipe.reports.words import count, printable

_INDENT = (0, 0, 0, 2)


def plan_text(report: PlanReport, *, show_pii: bool = False) -> RenderableType:
    """Return the forecast: rows by outcome, changed fields, effort, and a few customers before → after."""
    return Group(
        Text.assemble((f"{report.query} → {report.destination} ", "bold"), ("would do this", "bold cyan")),
        Text(),
        counts_table(report.counts, FORECAST),
        *_guards(report),
        *_approval(report),
        *_columns(report),
        *code_list("Rejected rows, by reason", report.rejections),
        *code_list("Warnings", report.warnings),
        *_identities(report, show_pii=show_pii),
        *_examples(report, show_pii=show_pii),
        Text(),
        facts_table(forecast_facts(report)),
        Text("\nNothing was sent.", "bold"),
    )


def _guards(report: PlanReport) -> list[RenderableType]:
    refusing = [verdict for verdict in report.guards if verdict.ruling is Ruling.REFUSE]
    if not refusing:
        return []
    allowing = " ".join(f"--allow {verdict.guard}" for verdict in refusing)
    return [
        Text("\nGuards that would refuse a run", "bold red"),
        Padding(facts_table([(verdict.guard, verdict.words) for verdict in refusing]), _INDENT),
        Padding(Text(f"If that is right, let it pass with: {allowing}", "dim"), _INDENT),
    ]


def _approval(report: PlanReport) -> list[RenderableType]:
    lacking = report.unapproved
    if lacking is None:
        return []
    return [
        Text("\nA run would be refused: the query is not approved", "bold red"),
        Padding(Text(printable(f"{lacking.reason}.")), _INDENT),
        *copyable("Have it approved as it is now", [lacking.command]),
    ]


def _columns(report: PlanReport) -> list[RenderableType]:
    changed = [(name, _people(report, name)) for name, people in report.columns.items() if people]
    if not changed:
        return []
    return [Text("\nFields that change", "bold"), Padding(facts_table(changed), _INDENT)]


def _people(report: PlanReport, name: str) -> str:
    people, known = report.columns[name], report.updates.get(name, 0)
    words = count(people, "customer")
    return f"{words}, {count(known)} of them known before" if known and known < people else words


def _identities(report: PlanReport, *, show_pii: bool) -> list[RenderableType]:
    found = list(collisions(report.identities, show_pii=show_pii))
    if not found:
        return []
    facts = [
        fact for one in found for fact in ((one.name, one.words), *(("", line) for line in one.examples))
    ]
    return [Text("\nIds and addresses", "bold"), Padding(facts_table(facts), _INDENT)]


def _examples(report: PlanReport, *, show_pii: bool) -> list[RenderableType]:
    if not report.examples:
        return []
    return [
        Text("\nExamples", "bold"),
        *(_example(example, show_pii=show_pii) for example in report.examples),
    ]


def _example(example: Example, *, show_pii: bool) -> RenderableType:
    lines = [
        Text(printable(f"    {field}: {f'{before} → ' if before else ''}{after}"))
        for field, before, after in changes(example, show_pii=show_pii)
    ]
    about = Text(printable(f"  {heading(example, show_pii=show_pii)}"))
    return Group(about, *(lines or [Text("    as it is known", "dim")]))
