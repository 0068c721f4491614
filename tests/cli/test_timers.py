from __future__ import annotations

import sys
from pathlib import Path

import pytest

from zdpipe.cli import exit_codes
from zdpipe.cli.app import execute

ORCHESTRATIONS = """
[destinations.production]
subdomain = "acme"
protected = true

[orchestrations.nightly]
queries = ["queries/users.sql"]
schedule = "30 2 * * *"
timezone = "Europe/Oslo"

[orchestrations.guarded]
queries = ["queries/users.sql"]
schedule = "0 * * * *"
destination = "production"

[orchestrations.by_hand]
queries = ["queries/users.sql"]
"""


@pytest.fixture
def scheduled(monkeypatch: pytest.MonkeyPatch, project: Path) -> Path:
    monkeypatch.chdir(project)
    with (project / "zdpipe.toml").open("a") as file:
        file.write(ORCHESTRATIONS)
    return project


def test_lines_have_absolute_words_and_ask_nobody(
    scheduled: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["/opt/venv/bin/zdpipe", "orchestrations", "crontab"])
    assert execute(["orchestrations", "crontab"]) == 0
    lines = [line for line in capfd.readouterr().out.splitlines() if line[0] != "#"]
    command = "/opt/venv/bin/zdpipe orchestrations run"
    assert lines == [
        f"0,15,30,45 * * * * {command} nightly --due --project {scheduled}",
        f"0,15,30,45 * * * * {command} guarded --due --yes --project {scheduled}",
    ]


def test_zdpipe_started_as_a_module_is_started_so(scheduled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["orchestrations", "crontab", "nightly", "--cron-tz"]) == 0
    out = capfd.readouterr().out
    assert "\nCRON_TZ=Europe/Oslo\n" in out
    assert f"30 2 * * * {sys.executable} -m zdpipe orchestrations run nightly" in out
    assert "guarded" not in out


def test_units_are_printed_or_written(
    scheduled: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert execute(["orchestrations", "systemd", "nightly"]) == 0
    out = capfd.readouterr().out
    assert "OnCalendar=*-*-* 02:30:00 Europe/Oslo\n" in out
    folder = tmp_path / "units"
    assert execute(["orchestrations", "systemd", "--out", str(folder)]) == 0
    names = {
        f"zdpipe-{scheduled.name}-{name}.{kind}"
        for name in ("nightly", "guarded")
        for kind in ("timer", "service")
    }
    assert {path.name for path in folder.iterdir()} == names
    written = (folder / f"zdpipe-{scheduled.name}-nightly.timer").read_text()
    assert written in out


def test_a_folder_that_cannot_be_written_is_told(scheduled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["orchestrations", "systemd", "--out", str(scheduled / "zdpipe.toml")]) == exit_codes.YOURS
    assert "cannot be written to" in capfd.readouterr().err


@pytest.mark.parametrize("command", ["crontab", "systemd"])
def test_one_without_a_schedule_is_refused_when_it_is_named(
    scheduled: Path, command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert execute(["orchestrations", command, "by_hand"]) == exit_codes.YOURS
    assert "has no schedule" in capfd.readouterr().err
    assert execute(["orchestrations", command, "unknown"]) == exit_codes.YOURS
    assert "nightly, guarded, by_hand" in capfd.readouterr().err


@pytest.mark.parametrize("command", ["crontab", "systemd"])
def test_a_project_without_any_is_told_how_to_add_one(
    project: Path, monkeypatch: pytest.MonkeyPatch, command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    assert execute(["orchestrations", command]) == exit_codes.YOURS
    assert "[orchestrations.NAME]" in capfd.readouterr().err
