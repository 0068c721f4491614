from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.model.test_seal import SEAL
from tests.reports.build import DONE, PLAN, REFUSED, STOPPED
from zdpipe.cli.app import execute
from zdpipe.errors import QueryError, ZdpipeError
from zdpipe.model.guard import Guard
from zdpipe.model.run import ConservationError, RunReport
from zdpipe.model.seal import Seal
from zdpipe.model.wish import Wish
from zdpipe.reports.run_json import run_json

FAILED = replace(DONE, counts=replace(DONE.counts, failed=1, read=2_001), query="queries/b.sql")
Script = Callable[..., list[str]]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, project: Path) -> Script:
    """Let runs end as scripted, and return the queries that were run."""
    monkeypatch.setenv("XDG_STATE_HOME", str(project / "machine"))
    monkeypatch.chdir(project)

    def play(*endings: RunReport | BaseException) -> list[str]:
        left: Iterator[RunReport | BaseException] = iter(endings)
        asked: list[str] = []

        def run_query(_: object, path: Path, *__: object, **___: object) -> RunReport:
            asked.append(str(path))
            ending = next(left)
            if isinstance(ending, BaseException):
                raise ending
            return ending

        monkeypatch.setattr("zdpipe.pipeline.run.run_query", run_query)
        return asked

    return play


def test_one_query_is_one_document(script: Script, capfd: pytest.CaptureFixture[str]) -> None:
    script(DONE)
    assert execute(["run", "a.sql", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out) == run_json(DONE)


def test_several_queries_are_one_document_and_the_worst_code_counts(
    script: Script, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = script(DONE, FAILED, DONE)
    assert execute(["run", "a.sql", "b.sql", "c.sql", "--format", "json"]) == 1
    assert asked == ["a.sql", "b.sql", "c.sql"]
    document = json.loads(capfd.readouterr().out)
    assert document == {"runs": [run_json(DONE), run_json(FAILED), run_json(DONE)]}


def test_the_first_unfinished_query_stops_the_rest(script: Script, capfd: pytest.CaptureFixture[str]) -> None:
    asked = script(FAILED, STOPPED, DONE)
    assert execute(["run", "a.sql", "b.sql", "c.sql", "--format", "json"]) == 4
    assert asked == ["a.sql", "b.sql"]
    assert json.loads(capfd.readouterr().out)["runs"][1]["error"]["code"] == "unreachable"


@pytest.mark.parametrize(
    ("error", "code", "name"),
    [(QueryError("No table x.", "Mend it."), 2, "query"), (KeyboardInterrupt(), 130, "interrupted")],
)
def test_an_error_of_a_later_query_keeps_what_was_done_before(
    error: ZdpipeError, code: int, name: str, script: Script, capfd: pytest.CaptureFixture[str]
) -> None:
    script(DONE, error)
    assert execute(["run", "a.sql", "b.sql", "--format", "json"]) == code
    document = json.loads(capfd.readouterr().out)
    assert document["runs"] == [run_json(DONE)]
    assert document["error"]["code"] == name


def test_a_bug_in_a_later_query_is_logged_as_any_bug(
    script: Script, capfd: pytest.CaptureFixture[str]
) -> None:
    script(DONE, ConservationError("Rows went missing.", "Report it."))
    assert execute(["run", "a.sql", "b.sql", "--format", "json"]) == 3
    assert ".log" in json.loads(capfd.readouterr().out)["error"]["hint"]


def test_a_refused_query_stops_the_rest_and_yes_is_no_answer(
    script: Script, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = script(DONE, REFUSED, DONE)
    assert execute(["run", "a.sql", "b.sql", "c.sql", "--yes", "--format", "json"]) == 1
    assert asked == ["a.sql", "b.sql"]
    assert json.loads(capfd.readouterr().out)["runs"][1]["error"]["code"] == "guard"


def test_guards_are_allowed_by_their_names(
    script: Script, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    script()
    allowed: list[object] = []

    def run_query(_: object, __: Path, wish: Wish, **___: object) -> RunReport:
        allowed.append(wish.allow)
        return DONE

    monkeypatch.setattr("zdpipe.pipeline.run.run_query", run_query)
    assert execute(["run", "a.sql", "b.sql", "--allow", "rows", "--allow", "gone"]) == 0
    assert allowed == [{"rows", "gone"}] * 2
    assert execute(["run", "a.sql", "--allow", "everything"]) == 2
    said = capfd.readouterr().err
    assert all(guard in said for guard in Guard)


def test_summaries_are_set_apart(script: Script, capfd: pytest.CaptureFixture[str]) -> None:
    script(DONE, DONE)
    assert execute(["run", "a.sql", "b.sql"]) == 0
    assert f"\n\n{DONE.query} → {DONE.destination} is done\n" in capfd.readouterr().out


def test_summaries_come_one_by_one_and_the_error_last(
    script: Script, capfd: pytest.CaptureFixture[str]
) -> None:
    script(DONE, QueryError("No table x.", "Mend it."))
    assert execute(["run", "a.sql", "b.sql"]) == 2
    said = capfd.readouterr()
    assert "is done" in said.out
    assert said.err == "Error: No table x.\nCure:  Mend it.\n"


def test_one_query_s_error_is_the_document(script: Script, capfd: pytest.CaptureFixture[str]) -> None:
    script(QueryError("No table x.", "Mend it."))
    assert execute(["run", "a.sql", "--format", "json"]) == 2
    assert json.loads(capfd.readouterr().out) == {
        "error": {"code": "query", "message": "No table x.", "hint": "Mend it."}
    }


def test_a_dry_run_is_a_plan(
    script: Script, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = script()
    monkeypatch.setattr("zdpipe.pipeline.plan.plan_query", lambda *_, **__: PLAN)
    assert execute(["run", "a.sql", "--dry-run", "--format", "json"]) == 0
    one = json.loads(capfd.readouterr().out)
    assert execute(["plan", "a.sql", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out) == one
    assert execute(["run", "a.sql", "b.sql", "--dry-run", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out) == {"plans": [one, one]}
    assert asked == []


@pytest.mark.parametrize(("flag", "words"), [("text", "Nothing was sent."), ("json", '"columns"')])
def test_a_plan_is_written_to_a_private_file_too(
    flag: str,
    words: str,
    script: Script,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    project: Path,
) -> None:
    script()
    monkeypatch.setattr("zdpipe.pipeline.plan.plan_query", lambda *_, **__: PLAN)
    assert execute(["plan", "a.sql", "--format", flag, "--out", "plan.out"]) == 0
    assert words in (project / "plan.out").read_text()
    assert words in capfd.readouterr().out
    assert (project / "plan.out").stat().st_mode & 0o777 == 0o600


def test_a_page_goes_to_a_file_or_to_the_screen_never_to_both(
    script: Script, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], project: Path
) -> None:
    script()
    monkeypatch.setattr("zdpipe.pipeline.plan.plan_query", lambda *_, **__: PLAN)
    assert execute(["plan", "a.sql", "--format", "html"]) == 0
    page = capfd.readouterr().out
    assert page.startswith("<!DOCTYPE html>")
    assert execute(["plan", "a.sql", "--format", "html", "--out", "plan.html"]) == 0
    assert (project / "plan.html").read_text(encoding="utf-8") == page
    assert (project / "plan.html").stat().st_mode & 0o777 == 0o600
    assert "would do this" in capfd.readouterr().out


def test_a_sealed_plan_is_a_private_file_and_sent_by_its_name(
    script: Script, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], project: Path
) -> None:
    script()
    asked: list[object] = []

    def run_query(*_: object, sealed: Path | None, **__: object) -> RunReport:
        asked.append(sealed)
        return DONE

    monkeypatch.setattr("zdpipe.pipeline.run.run_query", run_query)
    monkeypatch.setattr("zdpipe.pipeline.plan.plan_query", lambda *_, **__: replace(PLAN, seal=SEAL))
    assert execute(["plan", "a.sql", "--seal", "plan.seal"]) == 0
    assert f"zdpipe run {PLAN.query} --plan plan.seal" in capfd.readouterr().err
    assert Seal.from_text((project / "plan.seal").read_text()) == SEAL
    assert (project / "plan.seal").stat().st_mode & 0o777 == 0o600
    assert execute(["run", "a.sql", "--plan", "plan.seal"]) == 0
    assert asked == [Path("plan.seal")]
    for more in (["b.sql"], ["--dry-run"], ["--sample", "3"]):
        assert execute(["run", "a.sql", *more, "--plan", "plan.seal"]) == 2
    assert len(asked) == 1


def test_a_sample_is_of_each_query_and_of_at_least_one(
    script: Script, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    script()
    asked: list[object] = []

    def run_query(_: object, __: Path, wish: Wish, **___: object) -> RunReport:
        asked.append(wish.sample)
        return DONE

    monkeypatch.setattr("zdpipe.pipeline.run.run_query", run_query)
    assert execute(["run", "a.sql", "b.sql", "--sample", "10"]) == 0
    assert asked == [10, 10]
    assert execute(["run", "a.sql", "--sample", "0"]) == 2
    assert execute(["run", "a.sql", "--sample", "1", "--dry-run"]) == 2
    assert len(asked) == 2


def test_a_canary_is_of_each_query_and_no_sample(
    script: Script, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    script()
    asked: list[object] = []

    def run_query(_: object, __: Path, wish: Wish, sealed: Path | None, **___: object) -> RunReport:
        asked.append((wish.canary, sealed, wish.full))
        return DONE

    monkeypatch.setattr("zdpipe.pipeline.run.run_query", run_query)
    assert execute(["run", "a.sql", "b.sql", "--canary", "10", "--full"]) == 0
    assert execute(["run", "a.sql", "--canary", "10", "--plan", "plan.seal"]) == 0
    assert asked == [(10, None, True), (10, None, True), (10, Path("plan.seal"), False)]
    for more in (["--sample", "3"], ["--dry-run"]):
        assert execute(["run", "a.sql", "--canary", "10", *more]) == 2
    assert execute(["run", "a.sql", "--canary", "0"]) == 2
    assert len(asked) == 3


def test_a_protected_destination_without_a_yes_runs_nothing(
    script: Script, project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with (project / "zdpipe.toml").open("a") as file:
        file.write('\n[destinations.production]\nsubdomain = "acme"\nprotected = true\n')
    asked = script(DONE, DONE)
    assert execute(["run", "a.sql", "--to", "production", "--format", "json"]) == 2
    assert json.loads(capfd.readouterr().out)["error"]["code"] == "confirmation"
    assert asked == []
    assert execute(["run", "a.sql", "--to", "production", "--yes", "--format", "json"]) == 0


def test_a_run_is_told_whether_to_remember(
    monkeypatch: pytest.MonkeyPatch, project: Path, script: Script
) -> None:
    script()
    asked = []

    def run_query(_: object, __: Path, wish: Wish, **___: object) -> RunReport:
        asked.append(wish.remembers)
        return DONE

    monkeypatch.setattr("zdpipe.pipeline.run.run_query", run_query)
    assert execute(["run", "a.sql"]) == execute(["run", "a.sql", "--remember"]) == 0
    assert execute(["run", "a.sql", "--remember", "--dry-run"]) == 2
    assert asked == [False, True]
