"""A run as one page that needs no network: for a colleague, a ticket, an audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET

from zdpipe.model.cause import cause_of
from zdpipe.model.dossier import Dossier
from zdpipe.model.run import Outcome, RunReport
from zdpipe.reports.cause_text import cause_details
from zdpipe.reports.chart import pace_figures
from zdpipe.reports.codes import REFUSALS
from zdpipe.reports.counts_table import DONE
from zdpipe.reports.failures import example_words, mask_failures
from zdpipe.reports.farewells import OUTCOMES, action_done
from zdpipe.reports.html import Child, facts, page, section, table, tag
from zdpipe.reports.html_parts import codes_section, guards_section, tiles
from zdpipe.reports.run_text import remarks, rows_read, run_facts, standing
from zdpipe.reports.sql_html import sql_sections
from zdpipe.reports.words import count, moment

_TONES = {"cyan": "soft", "green": "good", "yellow": "warn", "red": "bad"}


def run_html(dossier: Dossier, *, show_pii: bool = False) -> str:
    """Return the page; personal data is masked unless asked otherwise."""
    report = dossier.report
    title = f"{report.query} → {report.destination}"
    parts = (
        tag("h1", title),
        _standing(report),
        tag("p", _subtitle(dossier), class_="soft"),
        tiles(report.counts.as_json(), DONE | {"read": rows_read(report)}),
        *_remarks(report),
        *_cause(report),
        *_pace(dossier),
        *codes_section("Rejected rows, by reason", report.rejections),
        *_failures(dossier, show_pii=show_pii),
        *codes_section("Warnings", report.warnings),
        *_farewells(report),
        *guards_section(report.guards),
        section("The run", facts(run_facts(report))),
        *sql_sections(dossier.sql, show_pii=show_pii),
        tag("p", _footer(show_pii=show_pii), class_="soft"),
    )
    return page(f"Run {report.run_id}: {title}", *parts)


def _standing(report: RunReport) -> ET.Element:
    words, style = standing(report)
    return tag("p", tag("b", f"The run {words}.", class_=_TONES[style]))


def _subtitle(dossier: Dossier) -> str:
    return f"Run {dossier.report.run_id} as it was at {moment(dossier.looked_at)} UTC"


def _remarks(report: RunReport) -> Iterator[ET.Element]:
    lines = [tag("p", remark) for remark in remarks(report)]
    if lines:
        yield section("About this run", *lines)


def _cause(report: RunReport) -> Iterator[ET.Element]:
    """Yield why the run is not well and what fits; one that is well has nothing to say here."""
    cause = cause_of(report)
    if cause is None:
        return
    tone = "bad" if report.outcome is Outcome.FAILED else "warn"
    said = [tag("p", words) for words in cause_details(report, cause)]
    fitting = [
        tag("li", tag("b", action.name), f": {action.words}", tag("code", action.command, class_="command"))
        for action in cause.actions
    ]
    what_fits = [tag("h3", "What fits"), tag("ul", *fitting)] if fitting else []
    yield section("Why, and what to do", tag("p", cause.sentence, class_=tone), *said, *what_fits)


def _pace(dossier: Dossier) -> Iterator[ET.Element]:
    if dossier.pace.slots:
        yield section("Throughput", *pace_figures(dossier.pace))


def _failures(dossier: Dossier, *, show_pii: bool) -> Iterator[ET.Element]:
    report = dossier.report
    yield from codes_section(
        "Refused by Zendesk, by reason",
        report.failures,
        sentences=REFUSALS,
        examples=example_words(report.failure_examples, show_pii=show_pii),
        of="customers",
    )
    if dossier.no_failures:
        yield section("Who failed", tag("p", dossier.no_failures, class_="warn"))
    if not dossier.failures:
        return
    shown = [dict(record) for record in dossier.failures]
    rows = [_failure(record) for record in (shown if show_pii else mask_failures(shown))]
    more = []
    if dossier.failed > len(rows):
        command = tag("code", f"zdpipe runs failures {report.run_id}")
        more = [tag("p", f"The first {count(len(rows))} of {count(dossier.failed)}; all of them: ", command)]
    people = tag("div", table(("customer", "what became of them"), rows), class_="people")
    yield section("Who failed, in Zendesk's words", people, *more)


def _failure(record: Mapping[str, object]) -> tuple[Child, ...]:
    said = [tag("p", str(record["details"]))] if record["details"] else []
    went = [f"{name} {record[key]}" for name, key in _WAYS.items() if record[key]]
    below = [tag("p", ", ".join(went), class_="soft")] if went else []
    return tag("code", str(record["key"])), tag("div", tag("code", str(record["reason"])), *said, *below)


_WAYS = {"row": "row", "job": "job_id", "request": "request_id"}


def _farewells(report: RunReport) -> Iterator[ET.Element]:
    farewells = report.farewells
    title = f"Customers who are gone, to be {action_done(farewells.action)}"
    yield from codes_section(title, farewells.gone, sentences=OUTCOMES, of="customers")
    title = "Customers who are back, whose tag or suspension is taken back"
    yield from codes_section(title, farewells.returned, sentences=OUTCOMES, of="customers")


def _footer(*, show_pii: bool) -> str:
    return "Personal data is shown in clear." if show_pii else "Personal data is masked."
