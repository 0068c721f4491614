"""Findings on a terminal, which is where analysts meet them."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, environment, zdpipe

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_a_terminal(folder: Path, columns: int, *words: str, stream: str) -> str:
    """Return what a terminal of that width gets on one stream."""
    ours, theirs = pty.openpty()
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: theirs}
    shown = environment(folder, COLUMNS=str(columns), TERM="xterm-256color")
    with subprocess.Popen([*COMMAND, *words], cwd=folder, env=shown, stdin=subprocess.DEVNULL, **streams):
        os.close(theirs)
        said = b""
        while chunk := _read(ours):
            said += chunk
    os.close(ours)
    return said.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so when the other side is closed
        return b""


@pytest.mark.parametrize("columns", [100, 40])
@pytest.mark.parametrize(
    ("command", "stream"), [(["lint"], "stdout"), (["run", "queries/users.sql"], "stderr")]
)
def test_a_terminal_gets_colours_and_whole_words(
    columns: int, command: list[str], stream: str, project: Path
) -> None:
    (project / "queries" / "users.sql").write_text("SELECT email AS Email, 1 FROM Customer_360\n")
    assert zdpipe(project, "sample", "--rows", "3").code == 0
    said = on_a_terminal(project, columns, *command, stream=stream)
    plain = _CONTROL.sub("", said)
    assert "\x1b[1;31merror ZD306" in said
    assert re.search(r"Zendesk's\s+field\s+is\s+`email`", plain)
    assert "                 ^^^^^\n" in plain.replace("\r", "")
    assert max(len(line) for line in plain.splitlines()) <= columns


def test_a_file_gets_each_message_on_one_line(project: Path) -> None:
    (project / "queries" / "users.sql").write_text("SELECT 1, email AS Email FROM Customer_360\n")
    ended = zdpipe(project, "lint", variables={"COLUMNS": "40"})
    assert "\x1b" not in ended.out
    assert "Zendesk's field is `email`, not `Email`. Write `AS email`.\n" in ended.out


def test_colours_are_for_terminals_unless_somebody_wants_them(project: Path) -> None:
    (project / "queries" / "users.sql").write_text("SELECT 1\n")
    plain = zdpipe(project, "lint")
    forced = zdpipe(project, "lint", variables={"FORCE_COLOR": "1"})
    assert "\x1b[" not in plain.out
    assert "\x1b[1;31merror ZD105" in forced.out
    without = zdpipe(project, "lint", variables={"FORCE_COLOR": "1", "NO_COLOR": "1"})
    assert "31m" not in without.out
    assert "error ZD105" in without.out
