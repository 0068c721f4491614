"""The README's commands, run as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COUNT = re.compile(
    r"^(created|updated|unchanged|duplicate|rejected|failed|pending|read) +([\d,]+)  ", re.MULTILINE
)


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
    settings = (folder / "zdpipe.toml").read_text()
    # The test of a project never reads its customers, wherever they are.
    (folder / "zdpipe.toml").write_text(settings.replace("data/customer_360.duckdb", "nowhere/at/all.duckdb"))
    for arguments in (["--snapshot-update"], []):
        tests = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, "tests"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert tests.returncode == 0, tests.stdout


def counts_of(summary: str) -> dict[str, int]:
    return {name: int(number.replace(",", "")) for name, number in COUNT.findall(summary)}


def test_the_transcript_is_what_the_sample_gives_and_adds_up(tmp_path: Path) -> None:
    first, second = README.split("$ zdpipe run queries/zendesk_users.sql\n")[1:3]
    for summary in (first, second):
        counts = counts_of(summary.split("```")[0])
        assert sum(counts.values()) == 2 * counts["read"]
    shutil.copy(ROOT / "zdpipe.toml", tmp_path)
    for folder in ("queries", "attribute_tables"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home")}
    for words in (["sample", "--rows", "2000"], ["plan", "queries/zendesk_users.sql"]):
        done = subprocess.run(
            [sys.executable, "-m", "zdpipe", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    forecast = counts_of(done.stdout)
    assert counts_of(first) == forecast
    assert counts_of(second.split("```")[0]) == forecast | {
        "created": 0,
        "updated": 0,
        "unchanged": forecast["created"] + forecast["updated"],
    }


def test_the_first_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "make demo\nmake test\n" in README
    assert re.search(r"^demo: .*##", makefile, re.MULTILINE)
    assert re.search(r"^test: .*##", makefile, re.MULTILINE)
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
