"""`zdpipe init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zdpipe.cli.options import ProjectOption
from zdpipe.cli.output import note, write


def init(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="The folder. Default: this one.", show_default=False),
    ] = None,
    project: ProjectOption = None,
) -> int:
    """Start a new project."""
    from zdpipe.project.create import create_project

    place = folder or project or Path()
    for path in create_project(place):
        write(f"{path}\n")
    enter = "" if place == Path() else f"cd {place} && "
    note(f"Next: {enter}zdpipe sample && zdpipe run queries/zendesk_users.sql")
    return 0
