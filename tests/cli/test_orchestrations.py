from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.reports.build import DONE, STOPPED
from tests.reports.test_orchestrations_text import REPORT
from zdpipe.cli import exit_codes
from zdpipe.cli.app import execute
from zdpipe.errors import StateError, StateLocked
from zdpipe.model.guard import Guard
from zdpipe.model.orchestration import Ending, OrchestrationReport, Order, Step
from zdpipe.model.run import Counts, RunReport, Stop
from zdpipe.pipeline.conducting import Errand
from zdpipe.project.orchestration import Orchestration
from zdpipe.reports.orchestration_json import orchestration_json

NIGHTLY = """
[orchestrations.nightly]
queries = ["queries/users.sql"]
schedule = "0 0 1 1 *"
"""
SUCCEEDED = replace(
    REPORT, ending=Ending.SUCCEEDED, steps=(Step("queries/a.sql", DONE),), stop=None, resumes=0, overlapped=0
)
Script = Callable[[OrchestrationReport | Exception], list[Order]]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, project: Path) -> Script:
    """Let the orchestration end as scripted, and return how it was asked for."""
    monkeypatch.setenv("XDG_STATE_HOME", str(project / "machine"))
    monkeypatch.chdir(project)
    with (project / "zdpipe.toml").open("a") as file:
        file.write(NIGHTLY)

    def play(ending: OrchestrationReport | Exception) -> list[Order]:
        asked: list[Order] = []

        def run_orchestration(
            _: object, name: str, order: Order, watch: Callable[[Errand], RunReport]
        ) -> OrchestrationReport:
            asked.append(order)
            if isinstance(ending, Exception):
                raise ending
            for report in ending.runs:
                watch(Errand(report.query, partial(replace, report)))
            return ending

        monkeypatch.setattr("zdpipe.pipeline.orchestrate.run_orchestration", run_orchestration)
        return asked

    return play


def test_runs_are_told_as_they_end_and_a_summary_follows(
    script: Script, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = script(SUCCEEDED)
    assert execute(["orchestrations", "run", "nightly", "--allow", "gone"]) == 0
    assert asked == [Order(allow=frozenset({Guard.GONE}))]
    out = capfd.readouterr().out
    assert out.index("queries/zendesk_users.sql → production is done") < out.index(
        "nightly → production succeeded"
    )


def test_it_is_one_document(script: Script, capfd: pytest.CaptureFixture[str]) -> None:
    script(SUCCEEDED)
    assert execute(["orchestrations", "run", "nightly", "--resume", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out) == orchestration_json(SUCCEEDED)


def test_values_in_the_words_of_an_error_are_masked(
    script: Script, capfd: pytest.CaptureFixture[str]
) -> None:
    script(REPORT)
    execute(["orchestrations", "run", "nightly", "--format", "json"])
    assert "jane@example.com" not in capfd.readouterr().out.lower()


def test_going_on_where_nothing_is_left_says_so(script: Script, capfd: pytest.CaptureFixture[str]) -> None:
    asked = script(SUCCEEDED)
    assert execute(["orchestrations", "run", "nightly", "--resume"]) == 0
    assert asked == [Order(resumes=True)]
    assert "Nothing is left to do" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ((Step("a", DONE), Step("b", replace(DONE, counts=Counts(read=1, failed=1)))), exit_codes.FOUND),
        (REPORT.steps, exit_codes.YOURS),
        ((Step("a", STOPPED), Step("b", error=REPORT.stop)), 4),
    ],
)
def test_the_worst_query_is_the_exit_code(script: Script, steps: tuple[Step, ...], code: int) -> None:
    script(replace(REPORT, steps=steps, stop=None))
    assert execute(["orchestrations", "run", "nightly"]) == code


def test_one_that_is_still_going_is_told_in_one_document(
    script: Script, capfd: pytest.CaptureFixture[str]
) -> None:
    script(StateLocked("The orchestration nightly is still going.", "Wait.", code="still_going"))
    assert execute(["orchestrations", "run", "nightly", "--format", "json"]) == exit_codes.YOURS
    assert json.loads(capfd.readouterr().out)["error"]["code"] == "still_going"


@pytest.mark.parametrize(
    ("error", "code"),
    [(StateLocked("It is.", "Wait.", code="still_going"), "still_going"), (KeyError(), "bug")],
)
def test_whatever_keeps_all_of_it_from_beginning_is_told(
    script: Script, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    told: list[tuple[str, str]] = []

    def tell_unbegun(_: object, table: Orchestration, stop: Stop, __: object) -> None:
        told.append((table.name, stop.code))

    monkeypatch.setattr("zdpipe.pipeline.alerting_occasions.tell_unbegun", tell_unbegun)
    script(error)
    execute(["orchestrations", "run", "nightly"])
    assert told == [("nightly", code)]


def test_a_state_that_cannot_be_read_when_it_may_be_due_is_told_too(
    script: Script, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise StateError("The disk is full.", "Make room.")

    told: list[str] = []
    monkeypatch.setattr("zdpipe.pipeline.due.report_unless_due", full)
    monkeypatch.setattr(
        "zdpipe.pipeline.alerting_occasions.tell_unbegun",
        lambda _, table, stop, __: told.append(f"{table.name}: {stop.message}"),
    )
    script(StateError("The disk is full.", "Make room."))
    assert execute(["orchestrations", "run", "nightly", "--due"]) == exit_codes.YOURS
    assert told == ["nightly: The disk is full."]
    assert "Make room." in capfd.readouterr().err


def test_nothing_due_is_silent_and_asks_nobody(script: Script, capfd: pytest.CaptureFixture[str]) -> None:
    asked = script(SUCCEEDED)
    assert execute(["orchestrations", "run", "nightly", "--due"]) == 0
    captured = capfd.readouterr()
    assert (captured.out, captured.err, asked) == ("", "", [])
    assert execute(["orchestrations", "run", "nightly", "--due", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out)["outcome"] == "not_due"


def test_due_and_resume_contradict_each_other(script: Script, capfd: pytest.CaptureFixture[str]) -> None:
    script(SUCCEEDED)
    assert execute(["orchestrations", "run", "nightly", "--due", "--resume"]) == exit_codes.YOURS
    assert "--due begins anew" in capfd.readouterr().err


def test_a_protected_destination_wants_yes(
    script: Script, project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = script(SUCCEEDED)
    with (project / "zdpipe.toml").open("a") as file:
        file.write(
            'destination = "production"\n[destinations.production]\nsubdomain = "acme"\nprotected = true\n'
        )
    assert execute(["orchestrations", "run", "nightly"]) == exit_codes.YOURS
    assert asked == []
    assert execute(["orchestrations", "run", "nightly", "--yes"]) == 0
    assert len(asked) == 1
    capfd.readouterr()


def test_the_list_as_text_and_as_json(script: Script, capfd: pytest.CaptureFixture[str]) -> None:
    script(SUCCEEDED)
    assert execute(["orchestrations", "list"]) == 0
    assert "nightly → simulator" in capfd.readouterr().out
    assert execute(["orchestrations", "list", "--format", "json"]) == 0
    (one,) = json.loads(capfd.readouterr().out)["orchestrations"]
    assert (one["name"], one["schedule"], one["last"]) == ("nightly", "0 0 1 1 *", None)
    assert len(one["next"]) == 3
