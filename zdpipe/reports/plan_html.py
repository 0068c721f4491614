"""A plan as one page that needs no network: for a review, an approval, an attachment."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from zdpipe.model.guard import Ruling
from zdpipe.model.plan import Example, PlanReport
from zdpipe.reports.counts_table import FORECAST
from zdpipe.reports.html import facts, page, section, table, tag
from zdpipe.reports.html_parts import bar, codes_section, guards_section, tiles
from zdpipe.reports.identity_words import collisions
from zdpipe.reports.plan_words import changes, forecast_facts, heading
from zdpipe.reports.words import count, moment


def plan_html(report: PlanReport, *, show_pii: bool = False) -> str:
    """Return the page; values are masked unless asked otherwise."""
    title = f"{report.query} → {report.destination}"
    parts = (
        tag("h1", title),
        tag("p", _subtitle(report), class_="soft"),
        _tiles(report),
        *_guards(report),
        *_approval(report),
        *_fields(report),
        *codes_section("Rejected rows, by reason", report.rejections),
        *codes_section("Warnings", report.warnings),
        *_identities(report, show_pii=show_pii),
        *_examples(report, show_pii=show_pii),
        section("What sending would take", facts(forecast_facts(report))),
        tag("p", "Nothing was sent.", class_="soft"),
    )
    return page(f"Plan: {title}", *parts)


def _subtitle(report: PlanReport) -> str:
    made = f", made {moment(report.planned_at)} UTC" if report.planned_at else ""
    return f"What a run would do{made}"


def _tiles(report: PlanReport) -> ET.Element:
    words = {name: meaning for name, meaning in FORECAST.items() if name not in {"failed", "pending"}}
    return tiles(report.counts.as_json(), words | {"read": "rows of the query"})


def _guards(report: PlanReport) -> Iterator[ET.Element]:
    yield from guards_section(report.guards)
    refusing = [verdict for verdict in report.guards if verdict.ruling is Ruling.REFUSE]
    if refusing:
        lines = [tag("p", f"{verdict.words}.", class_="bad") for verdict in refusing]
        options = " ".join(f"--allow {verdict.guard}" for verdict in refusing)
        cure = tag("p", "If that is right, let it pass with: ", tag("code", options))
        yield section("A run would be refused", *lines, cure)


def _approval(report: PlanReport) -> Iterator[ET.Element]:
    lacking = report.unapproved
    if lacking is not None:
        cure = tag("p", "Have it approved as it is now: ", tag("code", lacking.command))
        yield section("The query is not approved", tag("p", f"{lacking.reason}.", class_="bad"), cure)


def _fields(report: PlanReport) -> Iterator[ET.Element]:
    changed = {name: people for name, people in report.columns.items() if people}
    if not changed:
        return
    most = max(changed.values())
    rows = [
        (tag("code", name), count(people), count(report.updates.get(name, 0)), bar(people, most))
        for name, people in changed.items()
    ]
    heads = ("field", "customers", "known before", "")
    yield section("Fields that change", table(heads, rows, numbers=(1, 2)))


def _identities(report: PlanReport, *, show_pii: bool) -> Iterator[ET.Element]:
    rows = [
        (
            tag("code", one.name),
            tag("div", one.words, *(tag("p", line, class_="soft") for line in one.examples)),
        )
        for one in collisions(report.identities, show_pii=show_pii)
    ]
    if rows:
        yield section("Ids and addresses", facts(rows))


def _examples(report: PlanReport, *, show_pii: bool) -> Iterator[ET.Element]:
    if report.examples:
        masked = "" if show_pii else "Personal data is masked."
        shown = [_example(example, show_pii=show_pii) for example in report.examples]
        yield section("Examples", *([tag("p", masked, class_="soft")] if masked else []), *shown)


def _example(example: Example, *, show_pii: bool) -> ET.Element:
    title = tag("h3", heading(example, show_pii=show_pii))
    rows = list(changes(example, show_pii=show_pii))
    if not rows:
        return tag("div", title, tag("p", "as it is known", class_="soft"), class_="example")
    heads = ("field", "before", "after")
    shown = (0, 1, 2) if any(before for _, before, _ in rows) else (0, 2)
    cells = [tuple(tag("code", row[place]) for place in shown) for row in rows]
    known = table(tuple(heads[place] for place in shown), cells)
    return tag("div", title, tag("div", known, class_="changes"), class_="example")
