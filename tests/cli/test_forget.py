from __future__ import annotations

import json
from pathlib import Path

import pytest

from zdpipe.cli.app import execute
from zdpipe.cli.bug_log import write_bug_log
from zdpipe.model.forgotten import Erased, Forgotten

EMAIL = "jane.doe@example.com"


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch, project: Path) -> list[str]:
    """Let everybody be found, and note who was asked for."""
    monkeypatch.setenv("XDG_STATE_HOME", str(project / "machine"))
    monkeypatch.chdir(project)
    asked: list[str] = []

    def forget_person(_: object, key: str) -> Forgotten:
        asked.append(key)
        return Forgotten(found=True, erased=Erased(known=1), zendesk=[("acme.zendesk.com", 32149000000017)])

    monkeypatch.setattr("zdpipe.pipeline.forget.forget_person", forget_person)
    return asked


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_the_key_is_masked_unless_asked(
    output_format: str, capfd: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    for words in ([], ["--show-pii"]):
        assert execute(["forget", EMAIL, "--format", output_format, *words]) == 0
        said = capfd.readouterr()
        assert (EMAIL in said.out + said.err) == bool(words)
        assert ("32149000000017" in said.out) == bool(words)
    assert asked == [EMAIL, EMAIL]


@pytest.mark.parametrize("command", ["forget", "explain"])
@pytest.mark.parametrize("key", ["", "  "])
def test_a_blank_key_names_nobody(
    command: str, key: str, asked: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert execute([command, key]) == 2
    assert "blank" in capfd.readouterr().err
    assert asked == []


def test_the_document_is_one(capfd: pytest.CaptureFixture[str]) -> None:
    execute(["forget", EMAIL, "--format", "json"])
    document = json.loads(capfd.readouterr().out)
    assert (document["found"], document["erased"]["known"]) == (True, 1)


def test_a_log_of_a_bug_does_not_repeat_whom_it_was_about(tmp_path: Path) -> None:
    arguments = ["forget", EMAIL, "--project", "/somewhere", "--format=json"]
    log = write_bug_log(ValueError("x"), arguments, tmp_path).read_text(encoding="utf-8")
    assert EMAIL not in log
    assert "arguments ['forget', '***', '--project', '/somewhere', '--format=json']" in log
    log = write_bug_log(ValueError("x"), ["run", "q.sql"], tmp_path).read_text(encoding="utf-8")
    assert "arguments ['run', 'q.sql']" in log
