"""`[privacy] show_pii = "never"` refuses --show-pii, in every command that has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from zdpipe.cli.app import app, execute

NEVER = '\n[privacy]\nshow_pii = "never"\n'


def leaves(command: Any = None, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with the words that call it."""
    command = command or get_command(app)
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command
        return
    for name, each in inner.items():
        yield from leaves(each, (*words, name))


def with_flag() -> list[list[str]]:
    """Return a call of every command that has the flag, with something for each argument that it needs."""
    found = []
    for words, command in leaves():
        if any("--show-pii" in parameter.opts for parameter in command.params):
            arguments = [
                "x" for each in command.params if each.param_type_name == "argument" and each.required
            ]
            found.append([*words, *arguments])
    return found


@pytest.fixture
def never(project: Path) -> Path:
    with (project / "zdpipe.toml").open("a") as file:
        file.write(NEVER)
    return project


def test_the_flag_is_where_it_is_expected() -> None:
    commands = {" ".join(words).removesuffix(" x") for words in with_flag()}
    assert {"plan", "preview", "run", "explain", "forget", "verify", "rollback"} < commands
    assert {"runs rejects", "runs failures", "runs act"} < commands


@pytest.mark.parametrize("words", with_flag(), ids=" ".join)
@pytest.mark.parametrize("first", [True, False])
def test_never_refuses_the_flag_wherever_it_stands(
    never: Path, words: list[str], first: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    place = ["--project", str(never)]
    flags = [*place, "--show-pii"] if first else ["--show-pii", *place]
    assert execute([*words, *flags]) == 2
    printed = capfd.readouterr()
    assert printed.out == ""
    assert 'show_pii = "never"' in printed.err.replace("\n", " ")
    assert not (never / ".zdpipe").exists()


def test_the_nearest_project_decides_where_none_is_named(
    never: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(never / "queries")
    assert execute(["preview", "users.sql", "--show-pii"]) == 2
    assert "never shown" in capfd.readouterr().err


def test_a_refusal_is_a_document_where_json_is_asked_for(
    never: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert execute(["explain", "x", "--show-pii", "--format", "json", "--project", str(never)]) == 2
    assert json.loads(capfd.readouterr().out)["error"]["code"] == "show_pii"


def test_without_the_flag_everything_is_as_ever(
    never: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(never / "machine"))
    assert execute(["runs", "list", "--project", str(never)]) == 0


@pytest.mark.parametrize("value", ['"always"', "true", '""'])
def test_other_words_do_not_fit(project: Path, value: str, capfd: pytest.CaptureFixture[str]) -> None:
    with (project / "zdpipe.toml").open("a") as file:
        file.write(f"\n[privacy]\nshow_pii = {value}\n")
    assert execute(["runs", "list", "--project", str(project)]) == 2
    message = capfd.readouterr().err.replace("\n", " ")
    assert "privacy.show_pii does not fit" in message
    assert "never" in message
