"""Alerts in words: every failure has its own, and none has anything of a customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.model.codes import every_code
from tests.reports.build import DONE, REFUSED, STOPPED
from zdpipe.alerts.judge import judge_stop
from zdpipe.model.alert import Alert, Finding, Judgement, Kind, State, Subject
from zdpipe.model.catalogue import CODES
from zdpipe.model.run import RunReport, Stop
from zdpipe.reports.alert_text import alert_message, masked_cause

SUBJECT = Subject("queries/zendesk_users.sql", "production")
NOW = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
AGAIN = "zdpipe run queries/zendesk_users.sql --to production --yes"


def begun(judgement: Judgement, *over: State) -> str:
    states = tuple(State(finding.kind, finding.cause, NOW) for finding in judgement.findings)
    message = alert_message(Alert("ops", judgement, states, over), "/srv/crm", AGAIN)
    assert message.is_good is not bool(states)
    return f"{message.title}\n\n{message.body}\n"


def failed(report: RunReport) -> str:
    assert report.stop
    return begun(judge_stop(SUBJECT, report.stop, report.run_id, report))


def test_a_run_that_stopped(snapshot: SnapshotAssertion) -> None:
    assert failed(STOPPED) == snapshot


def test_a_run_that_a_guard_refused(snapshot: SnapshotAssertion) -> None:
    assert failed(replace(REFUSED, again="zdpipe run queries/zendesk_users.sql")) == snapshot


def test_a_run_that_never_came_into_being(snapshot: SnapshotAssertion) -> None:
    stop = Stop("unauthorized", "acme.zendesk.com does not accept the credentials (401).", "Check them.", 2)
    assert begun(judge_stop(SUBJECT, stop, None)) == snapshot


def test_everything_that_can_be_wrong_with_a_run_that_is_through(snapshot: SnapshotAssertion) -> None:
    findings = tuple(Finding(kind, kind, f"what {kind} found") for kind in Kind if kind is not Kind.FAILURE)
    judgement = Judgement(SUBJECT, findings, run_id=DONE.run_id, report=DONE)
    assert begun(judgement, State(Kind.FAILURE, "unauthorized", NOW)) == snapshot


def test_what_is_over(snapshot: SnapshotAssertion) -> None:
    judgement = Judgement(SUBJECT, clear=frozenset(Kind), run_id=DONE.run_id, report=DONE)
    over = (State(Kind.FAILURE, "unreachable", NOW), State(Kind.SLOW, Kind.SLOW, NOW))
    assert begun(judgement, *over) == snapshot


def test_what_is_over_while_something_else_is_not() -> None:
    slow = Judgement(SUBJECT, (Finding(Kind.SLOW, Kind.SLOW, "it is slow"),), report=DONE)
    over = State(Kind.FAILURE, "unreachable", NOW)
    title = alert_message(Alert("ops", slow, (), (over,)), "/srv", "").title
    assert title.endswith(": over is: The account cannot be reached, or does not answer as it should")


@pytest.mark.parametrize("code", sorted({*every_code(), *CODES}))
def test_every_code_of_a_failure_has_an_alert_of_its_own(code: str) -> None:
    """The title says the cause; the words say it closer, with the cure and a command."""
    recorded = replace(STOPPED, stop=Stop(code, "Something happened.", "", 4))
    for report in (recorded, None):
        said = begun(judge_stop(SUBJECT, Stop(code, "Something happened.", "", 4), None, report))
        title = said.splitlines()[0]
        assert title.startswith(f"zdpipe: {SUBJECT.query} → {SUBJECT.destination} failed: ")
        assert CODES[code].sentence in title
        assert f"Cure: {CODES[code].cure}" in said
        assert "Next:\n  zdpipe " in said


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.FAILURE])
def test_every_kind_has_a_title_and_says_its_end(kind: Kind) -> None:
    judgement = Judgement(SUBJECT, (Finding(kind, kind, "it is so"),))
    titles = {
        alert_message(Alert("ops", judgement, (State(each, each, NOW),)), "/srv", "").title for each in Kind
    }
    assert len(titles) == len(Kind)
    assert "Over: " in begun(WELL, State(kind, kind, NOW))


WELL = Judgement(SUBJECT, clear=frozenset(Kind))


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("jane.doe@example.com is taken", "j***@e***.com is taken"),
        ("call +1 206 555 0134 now", "call *** now"),
        ("Run 20260102-030405-ab12 of jane@example.com", "Run 20260102-030405-ab12 of j***@e***.com"),
        ("No column x.\nLINE 3: WHERE name = 'Jane Doe'\n  ^", "No column x."),
    ],
)
def test_a_message_leaves_the_machine_without_anybody_in_it(message: str, masked: str) -> None:
    assert masked_cause(message) == masked
    said = failed(replace(STOPPED, stop=Stop("query", message, "Mend it.", 2)))
    assert masked in said
    assert "Jane" not in said
    assert "jane" not in said


def test_nothing_commands_a_terminal_or_breaks_a_title() -> None:
    said = failed(replace(STOPPED, stop=Stop("error", "a\x1b[31mb", "c\x07", 4)))
    assert "\x1b" not in said
    assert "\x07" not in said
