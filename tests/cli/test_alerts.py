"""`zdpipe alerts`, and how a run's end is told without changing it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.reports.build import DONE, STOPPED
from zdpipe.cli import watching
from zdpipe.cli.app import execute
from zdpipe.cli.watching import watched
from zdpipe.clock import SystemClock
from zdpipe.errors import CredentialError, Interrupted, StateError, UsageProblem
from zdpipe.model.alert import Subject
from zdpipe.model.run import RunReport
from zdpipe.pipeline.alerting import Failure

SUBJECT = Subject("queries/a.sql", "production")


class Told:
    """Stands for the pipeline's part, and keeps what it was given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.heard: list[object] = []
        self.remarks: list[str] = []
        self.error: BaseException | None = None
        self.bench: Any = SimpleNamespace(
            clock=SystemClock(),
            project=SimpleNamespace(root=Path("/srv/crm")),
            progress=SimpleNamespace(remark=self.remarks.append, subject=lambda *_: None),
        )
        for name in ("tell_run", "tell_failure", "tell_killed"):
            monkeypatch.setattr(f"zdpipe.pipeline.alerting.{name}", self._hear)

    def _hear(self, _: object, *what: object) -> None:
        self.heard += [each for each in what if isinstance(each, RunReport | Failure)] or ["killed"]
        if self.error is not None:
            raise self.error

    def codes(self) -> list[str]:
        return [each.stop.code for each in self.heard if isinstance(each, Failure)]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(monkeypatch)


def test_a_run_is_told_by_its_report(told: Told) -> None:
    for report in (DONE, STOPPED):
        assert watched(told.bench, SUBJECT, lambda report=report: report) is report
    assert told.heard == [DONE, STOPPED]
    watched(told.bench, SUBJECT, lambda: DONE, begins=True)
    assert told.heard[2:] == ["killed", DONE]


@pytest.mark.parametrize(
    ("error", "codes"),
    [
        (CredentialError("No.", "Yes.", code="unauthorized"), ["unauthorized"]),
        (KeyboardInterrupt(), ["interrupted"]),
        (Interrupted("Stopped."), ["interrupted"]),
        (ZeroDivisionError(), ["bug"]),
        (UsageProblem("No.", "", code="declined"), []),
    ],
)
@pytest.mark.parametrize("attended", [True, False])
def test_an_error_is_told_and_stays_what_it_is(
    told: Told, monkeypatch: pytest.MonkeyPatch, error: BaseException, codes: list[str], attended: bool
) -> None:
    monkeypatch.setattr(watching, "is_attended", lambda: attended)

    def work() -> RunReport:
        raise error

    with pytest.raises(type(error)) as raised:
        watched(told.bench, SUBJECT, work)
    assert raised.value is error
    by_a_person = attended and isinstance(error, KeyboardInterrupt | Interrupted)
    assert told.codes() == ([] if by_a_person else codes)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (StateError("The disk is full.", "Make room."), "The disk is full. Make room."),
        (KeyboardInterrupt(), "The next run sends it."),
        (ZeroDivisionError(), "ZeroDivisionError"),
    ],
)
def test_whatever_goes_wrong_with_telling_is_a_remark(told: Told, trouble: BaseException, words: str) -> None:
    told.error = trouble
    assert watched(told.bench, SUBJECT, lambda: DONE) is DONE

    def work() -> RunReport:
        raise CredentialError("No.")

    with pytest.raises(CredentialError):
        watched(told.bench, SUBJECT, work)
    assert len(told.remarks) == 2
    assert all(words in remark for remark in told.remarks)


def test_who_stops_it_while_a_killed_run_is_told_begins_none(told: Told) -> None:
    told.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        watched(told.bench, SUBJECT, lambda: pytest.fail("it began"), begins=True)
    assert any("somebody stopped it" in remark for remark in told.remarks)


def test_without_a_channel_there_is_nothing_to_test(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    assert execute(["alerts", "test"]) == 2
    assert "channels = {" in capfd.readouterr().err
    assert execute(["alerts", "list", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out) == {"states": [], "messages": []}
    assert execute(["alerts", "list"]) == 0
    assert capfd.readouterr().out == "No alert was sent yet.\n"
