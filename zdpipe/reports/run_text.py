"""A run in words for the person who started it."""

from __future__ import annotations

import re

from rich.console import Group, RenderableType
from rich.text import Text

from zdpipe.model.canary import CANARY, Canary, Fate
from zdpipe.model.run import Outcome, RunReport
from zdpipe.reports.codes import REFUSALS, code_list
from zdpipe.reports.counts_table import counts_table
from zdpipe.reports.facts import copyable, facts_table
from zdpipe.reports.failures import masked_words
from zdpipe.reports.farewells import farewells_text
from zdpipe.reports.words import count, duration, moment, pace, printable

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
_WITH = " with: "

_ALL_ROWS = "rows of the query"
_THEIR_ROWS = "rows of those who failed before"
_PEOPLE_TAKEN_BACK = "customers to put back"
_SAMPLED_ROWS = "rows of the customers in the sample"


def run_text(report: RunReport) -> RenderableType:
    """Return the summary: what became of every row, why rows were left out, the pace, what is next."""
    return Group(
        _heading(report),
        Text(),
        counts_table(report.counts, read=_rows(report)),
        *_retried(report),
        *_sample(report),
        *_canary(report.canary),
        *_gone(report),
        *farewells_text(report.farewells),
        *code_list("Rejected rows, by reason", report.rejections),
        *code_list("Warnings", report.warnings),
        *_failures(report),
        Text(),
        facts_table(_facts(report)),
        *copyable("Rejected rows in full (personal data)", report.rejects_files),
        *_stop(report),
        *copyable("Next", _next_commands(report)),
    )


def _heading(report: RunReport) -> Text:
    words, style = _REFUSED if report.was_refused else _HEADINGS[report.outcome]
    return Text.assemble((f"{report.query} → {report.destination} ", "bold"), (words, f"bold {style}"))


def _rows(report: RunReport) -> str:
    if report.rolls_back is not None:
        return _PEOPLE_TAKEN_BACK
    if report.sample is not None:
        return _SAMPLED_ROWS
    return _ALL_ROWS if report.retries is None else _THEIR_ROWS


def _sample(report: RunReport) -> list[RenderableType]:
    if report.sample is None:
        return []
    return [
        Text(f"\nA sample of at most {count(report.sample, 'customer')}; everybody else waits for a run.")
    ]


def _canary(canary: Canary | None) -> list[RenderableType]:
    if canary is None or not canary.people:
        return []
    return [Text(f"\n{_CANARIES[canary.fate].format(count(canary.people, 'customer'))}")]


def _failures(report: RunReport) -> list[RenderableType]:
    examples = masked_words(report.failure_examples)
    return code_list("Refused by Zendesk, by reason", report.failures, REFUSALS, examples)


def _retried(report: RunReport) -> list[RenderableType]:
    retried = report.retried
    if retried is None:
        return []
    words = f"{count(retried.people, 'customer')} failed in run {report.retries}."
    if retried.missing:
        words += f" {count(retried.missing)} of them {_verb(retried.missing)} no longer in the query."
    return [Text(f"\n{words}")]


def _gone(report: RunReport) -> list[RenderableType]:
    if not report.gone:
        return []
    people = count(report.gone, "customer", "customers")
    return [Text(f"\n{people} sent by this query before {_verb(report.gone)} no longer in it.", "dim")]


def _verb(number: int) -> str:
    return "is" if number == 1 else "are"


def _facts(report: RunReport) -> list[tuple[str, str]]:
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


def _stop(report: RunReport) -> list[RenderableType]:
    if report.stop is None:
        return []
    style = "red" if report.outcome is Outcome.FAILED else "yellow"
    advice = _advice(report)
    return [Text(f"\n{printable(report.stop.message)}", style), *([Text(advice)] if advice else [])]


def _advice(report: RunReport) -> str:
    """Return the cure without the sentence that names the command, which stands below on its own line."""
    hint = report.stop.hint if report.stop else ""
    if report.was_refused:
        return f"{hint.partition(_WITH)[0]}, with the last command below."
    return re.sub(rf"(Then c|C)ontinue with: {re.escape(_resume(report))}", "", hint).strip()


def _resume(report: RunReport) -> str:
    return f"zdpipe resume {report.run_id}"


def _verify(report: RunReport) -> str:
    return f"zdpipe verify {report.run_id}"


def _next_commands(report: RunReport) -> list[str]:
    if report.stop is not None and report.was_refused:
        rejects = [f"zdpipe runs rejects {report.run_id}"] if report.counts.rejected else []
        return [*rejects, report.stop.hint.partition(_WITH)[2]]
    failed = report.counts.failed or report.farewells.failed
    failures = [f"zdpipe runs failures {report.run_id}"] if failed else []
    if report.stop is not None and report.stop.code == CANARY:
        return [_verify(report), *failures, _resume(report)]
    if report.stop is not None:
        return [_resume(report), *failures] if _resume(report) in report.stop.hint else failures
    if report.outcome is Outcome.RUNNING:
        return [f"zdpipe runs show {report.run_id}"]
    rejects = [f"zdpipe runs rejects {report.run_id}"] if report.counts.rejected else []
    if report.rolls_back is not None:
        return [*failures, *([f"zdpipe rollback {report.rolls_back}"] if failures else [])]
    is_bad = report.canary is not None and report.canary.fate is Fate.FAILED
    verify = [_verify(report)] if is_bad else []
    retry = [f"zdpipe retry {report.run_id}"] if report.counts.failed else []
    return [*rejects, *verify, *failures, *retry]
