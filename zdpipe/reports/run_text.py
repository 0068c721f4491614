"""A run in words for the person who started it."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from zdpipe.model.canary import Canary, Fate
from zdpipe.model.run import Outcome, RunReport
from zdpipe.reports.cause_text import cause_text
from zdpipe.reports.codes import REFUSALS, code_list
from zdpipe.reports.counts_table import counts_table
from zdpipe.reports.facts import copyable, facts_table
from zdpipe.reports.failures import example_words
from zdpipe.reports.farewells import farewells_text
from zdpipe.reports.words import count, duration, moment, pace

_HEADINGS = {
    Outcome.RUNNING: ("is running", "cyan"),
    Outcome.SUCCEEDED: ("is done", "green"),
    Outcome.PARTIAL: ("is done, but not everybody arrived", "yellow"),
    Outcome.FAILED: ("stopped", "red"),
    Outcome.INTERRUPTED: ("was interrupted", "yellow"),
    Outcome.SUPERSEDED: ("was replaced by a later run", "yellow"),
}
_CANARIES = {
    Fate.WAITING: "A canary of {} goes first; whether they are there as sent is not known yet.",
    Fate.PASSED: "A canary of {} went first, and is there as it was sent.",
    Fate.FAILED: "A canary of {} went first, and is not as it should be.",
    Fate.WAIVED: "A canary of {} was not as it should be, and somebody let the run go on.",
}
_CLOSED = ("was closed before it was through", "yellow")
_REFUSED = ("was refused by a guard", "red")

_ALL_ROWS = "rows of the query"
_THEIR_ROWS = "rows of those who failed before"
_PEOPLE_TAKEN_BACK = "customers to put back"
_SAMPLED_ROWS = "rows of the customers in the sample"


def run_text(report: RunReport, *, show_pii: bool = False) -> RenderableType:
    """Return the summary: what became of every row, why rows were left out, the pace, what is next.

    Zendesk's words are masked unless asked otherwise.
    """
    return Group(
        _heading(report),
        Text(),
        counts_table(report.counts, read=rows_read(report)),
        *(Text(f"\n{remark}") for remark in remarks(report)),
        *farewells_text(report.farewells),
        *code_list("Rejected rows, by reason", report.rejections),
        *code_list("Warnings", report.warnings),
        *_failures(report, show_pii=show_pii),
        Text(),
        facts_table(run_facts(report)),
        *copyable("Rejected rows in full (personal data)", report.rejects_files),
        *_next(report),
    )


def standing(report: RunReport) -> tuple[str, str]:
    """Return how a run stands, in words, and their colour."""
    if report.was_refused:
        return _REFUSED
    return _CLOSED if report.is_closed else _HEADINGS[report.outcome]


def _heading(report: RunReport) -> Text:
    words, style = standing(report)
    return Text.assemble((f"{report.query} → {report.destination} ", "bold"), (words, f"bold {style}"))


def rows_read(report: RunReport) -> str:
    """Say which rows are those that were read."""
    if report.rolls_back is not None:
        return _PEOPLE_TAKEN_BACK
    if report.sample is not None:
        return _SAMPLED_ROWS
    return _ALL_ROWS if report.retries is None else _THEIR_ROWS


def _sample(report: RunReport) -> list[str]:
    if report.sample is None:
        return []
    return [f"A sample of at most {count(report.sample, 'customer')}; everybody else waits for a run."]


def _canary(canary: Canary | None) -> list[str]:
    if canary is None or not canary.people:
        return []
    return [_CANARIES[canary.fate].format(count(canary.people, "customer"))]


def _failures(report: RunReport, *, show_pii: bool) -> list[RenderableType]:
    examples = example_words(report.failure_examples, show_pii=show_pii)
    return code_list("Refused by Zendesk, by reason", report.failures, REFUSALS, examples)


def remarks(report: RunReport) -> list[str]:
    """Return what is special about a run: a retry, a sample, a canary, who is gone."""
    return [*_retried(report), *_sample(report), *_canary(report.canary), *_gone(report)]


def _retried(report: RunReport) -> list[str]:
    retried = report.retried
    if retried is None:
        return []
    words = f"{count(retried.people, 'customer')} failed in run {report.retries}."
    if retried.missing:
        words += f" {count(retried.missing)} of them {_verb(retried.missing)} no longer in the query."
    return [words]


def _gone(report: RunReport) -> list[str]:
    if not report.gone:
        return []
    people = count(report.gone, "customer", "customers")
    return [f"{people} sent by this query before {_verb(report.gone)} no longer in it."]


def _verb(number: int) -> str:
    return "is" if number == 1 else "are"


def run_facts(report: RunReport) -> list[tuple[str, str]]:
    """Return names and facts: when, how long, how fast, how many requests."""
    facts = [
        ("run", report.run_id),
        ("started", f"{moment(report.started_at)} UTC"),
        ("time", duration(report.seconds)),
        ("pace", pace(report.users_per_second)),
        ("requests", f"{count(report.requests)}, {count(report.jobs, 'job')}"),
    ]
    if report.resumes:
        facts.append(("resumed", count(report.resumes, "time")))
    if report.rolls_back:
        facts.append(("takes back", report.rolls_back))
    if report.retries:
        facts.append(("retries", report.retries))
    return facts


def _next(report: RunReport) -> list[RenderableType]:
    """Return what fits where something is not well, else the command that tells more."""
    told = cause_text(report)
    if told:
        return told
    if report.outcome is Outcome.RUNNING:
        return copyable("Next", [f"zdpipe runs show {report.run_id}"])
    rejects = [f"zdpipe runs rejects {report.run_id}"] if report.counts.rejected else []
    return copyable("Next", rejects)
