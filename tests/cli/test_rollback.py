from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.reports.build import DONE, STOPPED
from tests.reports.test_rollback_text import EVERYTHING, NOTHING
from zdpipe.cli.app import execute
from zdpipe.errors import UsageProblem
from zdpipe.model.rollback import RollbackPlan
from zdpipe.model.run import RunReport
from zdpipe.reports.run_json import run_json

RUN = EVERYTHING.run_id
HERE = replace(EVERYTHING, destination="simulator")


class Planned:
    def __init__(self, plan: RollbackPlan, ending: RunReport) -> None:
        self.plan = plan
        self.ending = ending
        self.sent: list[bool] = []

    def send(self, *, suspend_created: bool) -> RunReport:
        self.sent.append(suspend_created)
        return self.ending

    def files(self, run_id: str) -> tuple[str, ...]:
        return (str(Path.cwd() / run_id / "not_restorable.csv"),)


@pytest.fixture(autouse=True)
def _in_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("XDG_STATE_HOME", str(project / "machine"))


def script(
    monkeypatch: pytest.MonkeyPatch, plan: RollbackPlan, ending: RunReport = DONE
) -> tuple[Planned, list[object]]:
    planned, asked = Planned(plan, ending), []

    @contextmanager
    def rollback(_: object, run_id: str, *, suspend_created: bool) -> Iterator[Planned]:
        asked.append((run_id, suspend_created))
        yield planned

    monkeypatch.setattr("zdpipe.pipeline.rollback.rollback", rollback)
    return planned, asked


def test_the_plan_is_shown_and_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planned, asked = script(monkeypatch, HERE)
    assert execute(["rollback", RUN, "--suspend-created"]) == 0
    assert (asked, planned.sent) == ([(RUN, True)], [True])
    out = capsys.readouterr().out
    assert "changed_by_others" in out
    assert DONE.run_id in out
    assert f"\n  {RUN}/not_restorable.csv" in out.replace(DONE.run_id, RUN)
    assert "Nothing was sent" not in out


def test_nothing_is_sent_in_a_dry_run_or_where_there_is_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planned, _ = script(monkeypatch, HERE)
    assert execute(["rollback", RUN, "--dry-run"]) == 0
    assert "Nothing was sent" in capsys.readouterr().out
    empty, _ = script(monkeypatch, NOTHING)
    assert execute(["rollback", RUN, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["run"] is None
    assert planned.sent == empty.sent == []


def test_one_document_says_what_was_planned_and_what_became_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script(monkeypatch, HERE, STOPPED)
    assert execute(["rollback", RUN, "--format", "json"]) == 4
    document = json.loads(capsys.readouterr().out)
    assert (document["rolls_back"], document["run"]) == (RUN, run_json(STOPPED))
    assert "id-1" not in json.dumps(document["examples"])
    assert execute(["rollback", RUN, "--format", "json", "--show-pii"]) == 4
    assert "id-1" in json.dumps(json.loads(capsys.readouterr().out)["examples"])


def test_a_protected_destination_asks_first(
    monkeypatch: pytest.MonkeyPatch, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (project / "zdpipe.toml").open("a") as file:
        file.write('\n[destinations.production]\nsubdomain = "acme"\nauth = "oauth"\nprotected = true\n')
        file.write('client_id = "env:A"\nclient_secret = "env:B"\n')
    planned, _ = script(monkeypatch, EVERYTHING)
    assert execute(["rollback", RUN]) == 2
    assert planned.sent == []
    assert "protected" in capsys.readouterr().err
    assert execute(["rollback", RUN, "--yes"]) == 0
    assert planned.sent == [False]


def test_a_run_that_cannot_be_taken_back_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def refuse(*_: object, suspend_created: bool) -> Iterator[Planned]:
        raise UsageProblem("It has not ended.", "Finish it.", code="unfinished_run")
        yield

    monkeypatch.setattr("zdpipe.pipeline.rollback.rollback", refuse)
    assert execute(["rollback", RUN, "--format", "json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "unfinished_run"
