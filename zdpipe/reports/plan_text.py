"""A plan in words for the person who is about to run it."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from zdpipe.model.plan import Example, PlanReport
from zdpipe.model.policy import CLEARED
from zdpipe.reports.codes import code_list
from zdpipe.reports.counts_table import FORECAST, counts_table
from zdpipe.reports.facts import facts_table
from zdpipe.reports.mask import mask_fragment, mask_identifier
from zdpipe.reports.words import count, duration, printable

_NOTHING = "(nothing)"
# What an example is an example of; a further address is no change of the first one.
_SENDING = {"email": "one more address of"}
_ADDRESS = "email"


def plan_text(report: PlanReport, *, show_pii: bool = False) -> RenderableType:
    """Return the forecast: rows by outcome, changed fields, effort, and a few customers before → after."""
    return Group(
        Text.assemble((f"{report.query} → {report.destination} ", "bold"), ("would do this", "bold cyan")),
        Text(),
        counts_table(report.counts, FORECAST),
        *_columns(report),
        *code_list("Rejected rows, by reason", report.rejections),
        *code_list("Warnings", report.warnings),
        *_examples(report, show_pii=show_pii),
        Text(),
        facts_table(_facts(report)),
        Text("\nNothing was sent.", "bold"),
    )


def _columns(report: PlanReport) -> list[RenderableType]:
    changed = [(name, count(people, "customer")) for name, people in report.columns.items() if people]
    if not changed:
        return []
    return [Text("\nFields that change", "bold"), Padding(facts_table(changed), (0, 0, 0, 2))]


def _examples(report: PlanReport, *, show_pii: bool) -> list[RenderableType]:
    if not report.examples:
        return []
    return [
        Text("\nExamples", "bold"),
        *(_example(example, show_pii=show_pii) for example in report.examples),
    ]


def _example(example: Example, *, show_pii: bool) -> RenderableType:
    key = example.key if show_pii else mask_identifier(example.key)
    is_address = example.sending == _ADDRESS
    before = {} if is_address else example.before or {}
    lines = [
        Text(printable(f"    {field}: {_change(field, before, after, show_pii=show_pii)}"))
        for field, after in example.after.items()
        if (field == _ADDRESS if is_address else example.before is None or before.get(field) != after)
    ]
    heading = f"  {_SENDING.get(example.sending, example.sending)} {key}"
    return Group(Text(printable(heading)), *(lines or [Text("    as it is known", "dim")]))


def _change(field: str, before: Mapping[str, str | None], after: str | None, *, show_pii: bool) -> str:
    new = _shown(field, after, show_pii=show_pii)
    if field not in before:
        return new
    return f"{_shown(field, before[field], show_pii=show_pii)} → {new}"


def _shown(field: str, fragment: str | None, *, show_pii: bool) -> str:
    if fragment in {None, CLEARED}:
        return _NOTHING
    return fragment if show_pii else mask_fragment(field, fragment) or _NOTHING


def _facts(report: PlanReport) -> list[tuple[str, str]]:
    forecast = report.forecast
    facts = [
        ("requests", f"{count(forecast.requests)}, {count(forecast.jobs, 'job')}"),
        (
            "time",
            f"about {duration(forecast.seconds)} of sending" if forecast.requests else "nothing to send",
        ),
    ]
    if report.gone:
        facts.append(("gone", f"{count(report.gone, 'customer')} sent before, no longer in the query"))
    return facts
