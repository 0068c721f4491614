from __future__ import annotations

import json
from pathlib import Path

import pytest

from zdpipe.cli.app import execute
from zdpipe.errors import UsageProblem
from zdpipe.model.adoption import Adoption
from zdpipe.model.match import Found, Unclear

ADOPTED = Adoption(
    query="queries/users.sql",
    destination="simulator",
    read=12,
    rejected=1,
    people=10,
    found={Found.EXTERNAL_ID: 5, Found.EMAIL: 2},
    unclear={Unclear.STAFF: 1},
    fields={"name": 3},
    requests=9,
    listed=True,
    seconds=1.5,
)


@pytest.fixture(autouse=True)
def _in_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("XDG_STATE_HOME", str(project / "machine"))


def test_it_tells_in_words_or_as_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("zdpipe.pipeline.adopt.adopt_query", lambda *_, to: ADOPTED)
    assert execute(["adopt", "queries/users.sql"]) == 0
    out = capsys.readouterr().out
    assert "7 customers adopted" in out
    assert "zdpipe plan queries/users.sql --to simulator" in out
    assert execute(["adopt", "queries/users.sql", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == ADOPTED.as_json()


def test_what_stands_in_the_way_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, to: str | None) -> Adoption:
        raise UsageProblem("There is no.", "Cure.", code="unfinished_run")

    monkeypatch.setattr("zdpipe.pipeline.adopt.adopt_query", refuse)
    assert execute(["adopt", "queries/users.sql", "--to", "there", "--format", "json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "unfinished_run"
