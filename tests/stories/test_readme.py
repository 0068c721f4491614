"""The README's commands, run as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def own_project_commands() -> list[str]:
    section = README.split("## Your own project")[1]
    block = re.search(r"```console\n(.*?)```", section, re.DOTALL)
    assert block
    return block[1].splitlines()


def test_a_project_of_ones_own_works_command_by_command(tmp_path: Path) -> None:
    folder = tmp_path
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
    }
    said = ""
    for command in own_project_commands():
        words = shlex.split(command)
        if words[0] == "cd":
            folder = folder / words[1]
            continue
        if words[:2] == ["zdpipe", "sample"]:
            words += ["--rows", "150"]  # the pace is 100 users a second, and the test suite's minutes are few
        done = subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
        said += done.stdout
    assert "is done" in said
    assert "Nothing was sent." in said
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--snapshot-update", "tests"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert tests.returncode == 0, tests.stdout


def test_the_first_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "make demo\nmake test\n" in README
    assert re.search(r"^demo: .*##", makefile, re.MULTILINE)
    assert re.search(r"^test: .*##", makefile, re.MULTILINE)
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
