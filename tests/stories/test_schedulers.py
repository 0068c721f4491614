"""What cron and systemd are given is done as they do it, in a folder whose name is hard to write down."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.stories.world import World

USERS = 300
ORCHESTRATION = """
[orchestrations.nightly]
queries = ["queries/users.sql"]
schedule = "* * * * *"
"""


@pytest.fixture
def hostile_world(world: World) -> World:
    world.folder = world.folder.rename(world.folder.with_name('50% of "all" $HOME, it\'s'))
    world.many_customers(USERS)
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(ORCHESTRATION)
    return world


def secrets(world: World) -> dict[str, str]:
    """Return what docs/orchestrations.md has people write above the lines, or into an EnvironmentFile."""
    names = ("ZENDESK_EMAIL", "ZENDESK_API_TOKEN")
    return {name: world.environment[name] for name in names}


def test_cron_starts_it_by_a_shell_with_few_variables(hostile_world: World) -> None:
    lines = hostile_world.zdpipe("orchestrations", "crontab").out.splitlines()
    (line,) = [line for line in lines if line[0] != "#"]
    # crontab(5): a % without a backslash ends the command, and a backslash before one is removed.
    command, *stdin = re.split(r"(?<!\\)%", line.split(" ", 5)[5])
    assert not stdin
    home = hostile_world.environment["HOME"]
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace(r"\%", "%")],
        cwd=home,
        env={
            "HOME": home,
            "SHELL": "/bin/sh",
            "PATH": "/usr/bin:/bin",
            "LOGNAME": "x",
            **secrets(hostile_world),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(hostile_world.users()) == USERS


@pytest.fixture
def units(hostile_world: World, tmp_path: Path) -> list[Path]:
    folder = tmp_path / "units"
    assert hostile_world.zdpipe("orchestrations", "systemd", "--out", str(folder)).code == 0
    return sorted(folder.iterdir())


def test_systemd_starts_it_with_even_fewer(hostile_world: World, units: list[Path]) -> None:
    service, _ = units
    said = dict(re.findall(r"^(ExecStart|WorkingDirectory)=(.*)$", service.read_text(), re.MULTILINE))
    done = subprocess.run(
        as_systemd_reads(said["ExecStart"]),
        cwd=said["WorkingDirectory"].replace("%%", "%"),
        env={"HOME": hostile_world.environment["HOME"], "PATH": "/usr/bin:/bin", **secrets(hostile_world)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(hostile_world.users()) == USERS


def as_systemd_reads(line: str) -> list[str]:
    """Return the words of a command (man systemd.service, «Command lines»): $$ is $, and %% is %.

    Within double quotes a backslash escapes as in a shell; what stands for a variable or a specifier fails.
    """
    assert not re.search(r"(?<!%)(?:%%)*%(?!%)", line), "a specifier"
    assert not re.search(r"(?<!\$)(?:\$\$)*\$(?!\$)", line), "a variable"
    # A shell gives $ a meaning within double quotes, and shlex does not, so only doubling is left to undo.
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line)]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_verifies_what_was_written_and_knows_when(units: list[Path]) -> None:
    asked = subprocess.run(
        ["systemd-analyze", "verify", *map(str, units)], capture_output=True, text=True, check=False
    )
    assert (asked.returncode, asked.stderr) == (0, "")
    events = re.findall("^OnCalendar=(.*)$", units[1].read_text(), re.MULTILINE)
    assert events
    calendar = ["systemd-analyze", "calendar", *events]
    assert subprocess.run(calendar, capture_output=True, check=False).returncode == 0
