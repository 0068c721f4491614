"""`zdpipe orchestrations crontab` and `systemd`: what starts orchestrations when they are due."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.options import ProjectOption
from zdpipe.cli.output import note, write
from zdpipe.cli.project import open_project
from zdpipe.errors import UsageProblem

if TYPE_CHECKING:
    from zdpipe.model.schedule import Schedule
    from zdpipe.project.orchestration import Orchestration
    from zdpipe.project.project import Project

NamesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help="Default: all of them.", show_default=False)
]


def crontab_(
    names: NamesArgument = None,
    *,
    cron_tz: Annotated[
        bool, typer.Option("--cron-tz", help="For a cron that knows CRON_TZ, such as cronie.")
    ] = False,
    project: ProjectOption = None,
) -> int:
    """Print lines for cron that start orchestrations when they are due."""
    from zdpipe.clock import SystemClock
    from zdpipe.reports.crontab import crontab, crontab_with_zones

    loaded = open_project(project)
    schedules = {
        table.name: (times, _command(loaded, table)) for table, times in _scheduled(loaded, names or ())
    }
    now = SystemClock().now()
    lines = crontab_with_zones(schedules, now) if cron_tz else crontab(schedules)
    write("".join(f"{line}\n" for line in lines))
    return exit_codes.DONE


def systemd(
    names: NamesArgument = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write the files into a folder.", show_default=False),
    ] = None,
    project: ProjectOption = None,
) -> int:
    """Print a timer and a service of systemd for each orchestration, or write them into a folder."""
    from zdpipe.clock import SystemClock
    from zdpipe.reports.systemd_units import units

    loaded = open_project(project)
    now = SystemClock().now()
    files: dict[str, str] = {}
    for table, times in _scheduled(loaded, names or ()):
        files |= units(loaded.root, table.name, times, _command(loaded, table), now)
    if out is None:
        write("\n".join(files.values()))
    else:
        _write_all(out, files)
    return exit_codes.DONE


def _scheduled(project: Project, names: Sequence[str]) -> list[tuple[Orchestration, Schedule]]:
    """Return the orchestrations named, by default all that have a schedule."""
    from zdpipe.pipeline.due import schedule_of

    if names:
        tables = [project.orchestration(name) for name in dict.fromkeys(names)]
        return [(table, schedule_of(table)) for table in tables]
    found = [(table, table.times) for table in project.orchestrations.values() if table.times is not None]
    if not found:
        raise UsageProblem(
            "No orchestration of the project has a schedule.",
            'Add one to zdpipe.toml: [orchestrations.NAME] with queries and schedule = "30 2 * * *".',
            code="no_schedule",
        )
    return found


def _command(project: Project, table: Orchestration) -> list[str]:
    """Return the command that runs an orchestration if it is due, in absolute words; it asks nobody."""
    name = table.destination or project.default_destination
    destination = project.destinations.get(name) if name else None
    unasked = ["--yes"] if destination is not None and destination.protected else []
    return [
        *_zdpipe(),
        *("orchestrations", "run", table.name, "--due", *unasked, "--project", str(project.root)),
    ]


def _zdpipe() -> list[str]:
    """Return how this zdpipe was started, from anywhere."""
    started = Path(sys.argv[0])
    return [str(started.absolute())] if started.stem == "zdpipe" else [sys.executable, "-m", "zdpipe"]


def _write_all(folder: Path, files: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
            note(f"Wrote {folder / name}")
    except OSError as error:
        raise UsageProblem(
            f"{folder} cannot be written to: {error.strerror or error}.",
            "Name a folder that you may write to.",
        ) from error
