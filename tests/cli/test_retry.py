from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.reports.build import DONE, STOPPED
from zdpipe.cli.app import execute
from zdpipe.errors import Interrupted, QueryError, UsageProblem
from zdpipe.model.guard import Guard, Ruling, Verdict
from zdpipe.model.run import Counts, Outcome, Retried, RunReport
from zdpipe.reports.run_json import run_json

PARTIAL = replace(
    DONE, outcome=Outcome.PARTIAL, counts=Counts(read=10, created=7, failed=3), failures={"email_taken": 3}
)
RETRIED = replace(
    DONE,
    run_id="20260102-040506-cd34",
    counts=Counts(read=2, created=2),
    rejections={},
    retries=PARTIAL.run_id,
    retried=Retried(3, 1),
)
Script = Callable[..., list[str]]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, project: Path) -> Script:
    """Let a run have ended as scripted and its retry end so too; return the runs that were retried."""
    monkeypatch.setenv("XDG_STATE_HOME", str(project / "machine"))
    monkeypatch.chdir(project)

    def play(
        before: RunReport | Exception, ending: RunReport | BaseException, to: str = "simulator"
    ) -> list[str]:
        asked: list[str] = []

        def give(result: RunReport | BaseException) -> RunReport:
            if isinstance(result, BaseException):
                raise result
            return result

        def retry_run(_: object, run_id: str) -> RunReport:
            asked.append(run_id)
            return give(ending)

        monkeypatch.setattr("zdpipe.pipeline.retry.run_to_retry", lambda *_: give(before))
        monkeypatch.setattr(
            "zdpipe.pipeline.retry.destination_of_retry", lambda bench, _: bench.destination(to)
        )
        monkeypatch.setattr("zdpipe.pipeline.retry.retry_run", retry_run)
        return asked

    return play


def protect(project: Path) -> None:
    with (project / "zdpipe.toml").open("a") as file:
        file.write('\n[destinations.production]\nsubdomain = "acme"\nprotected = true\n')


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (RETRIED, 0),
        (replace(RETRIED, counts=Counts(read=2, created=1, failed=1)), 1),
        (
            replace(
                RETRIED,
                counts=Counts(read=2, rejected=2),
                guards=(Verdict(Guard.REJECTED, Ruling.TOLD, 2, 2, 100, 10),),
            ),
            1,
        ),
        (STOPPED, 4),
    ],
)
def test_it_leaves_as_a_run_does(
    script: Script, capfd: pytest.CaptureFixture[str], ending: RunReport, code: int
) -> None:
    asked = script(PARTIAL, ending)
    assert execute(["retry", PARTIAL.run_id, "--format", "json"]) == code
    assert json.loads(capfd.readouterr().out) == run_json(ending)
    assert asked == [PARTIAL.run_id]


def test_the_document_names_the_run_and_its_people(script: Script, capfd: pytest.CaptureFixture[str]) -> None:
    script(PARTIAL, RETRIED)
    execute(["retry", PARTIAL.run_id, "--format", "json"])
    document = json.loads(capfd.readouterr().out)
    assert document["retries"] == PARTIAL.run_id
    assert document["retried"] == {"people": 3, "no_longer_in_query": 1}


def test_people_read_who_is_no_longer_there(script: Script, capfd: pytest.CaptureFixture[str]) -> None:
    script(PARTIAL, RETRIED)
    assert execute(["retry", PARTIAL.run_id]) == 0
    said = " ".join(capfd.readouterr().out.split())
    assert f"3 customers failed in run {PARTIAL.run_id}. 1 of them is no longer in the query." in said


@pytest.mark.parametrize("to", ["simulator", "production"])
def test_where_nobody_failed_the_run_itself_is_shown(
    script: Script, project: Path, capfd: pytest.CaptureFixture[str], to: str
) -> None:
    protect(project)
    many_rejected = replace(DONE, counts=Counts(read=10, rejected=9, created=1))
    asked = script(many_rejected, RETRIED, to)
    assert execute(["retry", DONE.run_id, "--format", "json"]) == 0
    said = capfd.readouterr()
    assert json.loads(said.out) == run_json(many_rejected)
    assert said.err == f"Nothing was sent: nobody failed in run {DONE.run_id}.\n"
    assert asked == []


def test_a_protected_destination_needs_a_yes(
    script: Script, project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    protect(project)
    asked = script(PARTIAL, RETRIED, "production")
    assert execute(["retry", PARTIAL.run_id, "--format", "json"]) == 2
    assert json.loads(capfd.readouterr().out)["error"]["code"] == "confirmation"
    assert asked == []
    assert execute(["retry", PARTIAL.run_id, "--yes"]) == 0
    assert asked == [PARTIAL.run_id]


@pytest.mark.parametrize(
    ("before", "ending", "code", "name"),
    [
        (UsageProblem("Not ended.", "Finish it.", code="unfinished_run"), RETRIED, 2, "unfinished_run"),
        (PARTIAL, QueryError("No table x.", "Mend it."), 2, "query"),
        (PARTIAL, Interrupted("Stopped.", "Continue."), 130, "interrupted"),
        (PARTIAL, KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_what_stops_it_is_the_document(
    script: Script,
    capfd: pytest.CaptureFixture[str],
    before: RunReport | Exception,
    ending: RunReport | BaseException,
    code: int,
    name: str,
) -> None:
    script(before, ending)
    assert execute(["retry", PARTIAL.run_id, "--format", "json"]) == code
    assert json.loads(capfd.readouterr().out)["error"]["code"] == name
