"""Output where it cannot go."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, environment

_FULL = Path("/dev/full")


@pytest.mark.skipif(not _FULL.exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("command", [["rules"], ["rules", "ZD104"], ["lint", "--format", "json"]])
def test_a_full_disk_is_told_in_one_message(command: list[str], project: Path) -> None:
    with _FULL.open("wb") as full:
        done = subprocess.run(
            [*COMMAND, *command],
            cwd=project,
            env=environment(project),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.decode().startswith("Error: The result cannot be written: No space left on device.")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("closed", "code"), [("<&-", 0), (">&-", 0), ("2>&-", 0), ("<&- >&- 2>&-", 0)])
def test_closed_streams_are_no_bug(closed: str, code: int, project: Path) -> None:
    line = f'"$@" {closed}'
    done = subprocess.run(
        ["/bin/sh", "-c", line, "sh", *COMMAND, "lint"],
        cwd=project,
        env=environment(project),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, b"bug" in done.stderr) == (code, False)
