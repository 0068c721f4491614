"""A plan as one page that needs no network: for a review, an approval, an attachment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET

from zdpipe.model.guard import Ruling, Verdict, percent
from zdpipe.model.plan import Example, PlanReport
from zdpipe.reports.codes import REASONS
from zdpipe.reports.counts_table import FORECAST
from zdpipe.reports.html import Child, page, section, table, tag
from zdpipe.reports.identity_words import collisions
from zdpipe.reports.plan_words import changes, forecast_facts, heading
from zdpipe.reports.words import count, moment

_TONES = {"created": "good", "updated": "good", "rejected": "warn"}
_RULINGS = {
    Ruling.OK: ("passes", "good"),
    Ruling.REFUSE: ("refuses", "bad"),
    Ruling.ALLOWED: ("allowed", "warn"),
    Ruling.TOLD: ("told", "warn"),
    Ruling.LATER: ("from the second run on", "soft"),
}


def plan_html(report: PlanReport, *, show_pii: bool = False) -> str:
    """Return the page; values are masked unless asked otherwise."""
    title = f"{report.query} → {report.destination}"
    parts = (
        tag("h1", title),
        tag("p", _subtitle(report), class_="soft"),
        _tiles(report),
        *_guards(report),
        *_fields(report),
        *_codes("Rejected rows, by reason", report.rejections),
        *_codes("Warnings", report.warnings),
        *_identities(report, show_pii=show_pii),
        *_examples(report, show_pii=show_pii),
        section("What sending would take", table(("", ""), forecast_facts(report))),
        tag("p", "Nothing was sent.", class_="soft"),
    )
    return page(f"Plan: {title}", *parts)


def _subtitle(report: PlanReport) -> str:
    made = f", made {moment(report.planned_at)} UTC" if report.planned_at else ""
    return f"What a run would do{made}"


def _tiles(report: PlanReport) -> ET.Element:
    numbers = report.counts.as_json()
    names = [name for name in FORECAST if name not in {"failed", "pending"}]
    tiles = [_tile(name, numbers[name], FORECAST[name]) for name in names]
    return tag("div", *tiles, _tile("read", numbers["read"], "rows of the query"), class_="tiles")


def _tile(name: str, number: int, words: str) -> ET.Element:
    tone = _TONES.get(name, "") if number else ""
    return tag("div", name, tag("b", count(number), class_=tone), tag("small", words), class_="tile")


def _guards(report: PlanReport) -> Iterator[ET.Element]:
    if report.guards:
        rows = [_guard(verdict) for verdict in report.guards]
        yield section("Guards", table(("guard", "verdict", "found", "limit"), rows, numbers=(2, 3)))
    refusing = [verdict for verdict in report.guards if verdict.ruling is Ruling.REFUSE]
    if refusing:
        lines = [tag("p", f"{verdict.words}.", class_="bad") for verdict in refusing]
        options = " ".join(f"--allow {verdict.guard}" for verdict in refusing)
        cure = tag("p", "If that is right, let it pass with: ", tag("code", options))
        yield section("A run would be refused", *lines, cure)


def _guard(verdict: Verdict) -> tuple[Child, ...]:
    words, tone = _RULINGS[verdict.ruling]
    name = tag("code", verdict.guard)
    if "%" not in verdict.limit:  # it counts rows
        return name, tag("span", words, class_=tone), count(verdict.part), verdict.limit
    found = "–" if verdict.number is None else percent(verdict.number)
    return name, tag("span", words, class_=tone), found, verdict.limit


def _fields(report: PlanReport) -> Iterator[ET.Element]:
    changed = {name: people for name, people in report.columns.items() if people}
    if not changed:
        return
    most = max(changed.values())
    rows = [
        (tag("code", name), count(people), count(report.updates.get(name, 0)), _bar(people, most))
        for name, people in changed.items()
    ]
    heads = ("field", "customers", "known before", "")
    yield section("Fields that change", table(heads, rows, numbers=(1, 2)))


def _bar(number: int, most: int) -> ET.Element:
    bar = tag("div", class_="bar", style=f"width: {100 * number / most:.1f}%")
    return tag("div", bar, class_="track")


def _codes(title: str, codes: Mapping[str, int]) -> Iterator[ET.Element]:
    if codes:
        rows = [(_reason(code), count(number)) for code, number in codes.items()]
        yield section(title, table(("reason", "rows"), rows, numbers=(1,)))


def _reason(code: str) -> ET.Element:
    return tag("div", tag("code", code), tag("p", REASONS.get(code, ""), class_="soft"))


def _identities(report: PlanReport, *, show_pii: bool) -> Iterator[ET.Element]:
    rows = [
        (
            tag("code", one.name),
            tag("div", one.words, *(tag("p", line, class_="soft") for line in one.examples)),
        )
        for one in collisions(report.identities, show_pii=show_pii)
    ]
    if rows:
        yield section("Ids and addresses", table(("", ""), rows))


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
