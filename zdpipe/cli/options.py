"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from zdpipe.errors import UsageProblem
from zdpipe.model.guard import Guard


class Format(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"


def _not_blank(key: str) -> str:
    if not key.strip():
        raise typer.BadParameter("It is blank, and names nobody.")
    return key


def _unless_never(context: typer.Context, show_pii: bool) -> bool:
    """Refuse to show personal data where the project says that nobody may see it.

    It is asked here, and not in each command, so that none can forget it.
    """
    if show_pii:
        from zdpipe.cli.project import open_project

        folder = context.params.get("project")
        if open_project(Path(folder) if folder else None).privacy.show_pii == "never":
            raise UsageProblem(
                'Personal data is never shown: zdpipe.toml says [privacy] show_pii = "never".',
                "Leave --show-pii out; everything is masked then.",
                code="show_pii",
            )
    return show_pii


ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="DIR",
        is_eager=True,  # --show-pii asks it
        help="The project's folder. Default: the nearest folder upward with a zdpipe.toml.",
        show_default=False,
    ),
]
RunArgument = Annotated[
    str | None, typer.Argument(metavar="RUN", help="Default: the newest one.", show_default=False)
]
KeyArgument = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="An external_id, email or Zendesk id, in any case.",
        show_default=False,
        callback=_not_blank,
    ),
]
ToOption = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="D", help="The destination. Default: the project's own.", show_default=False
    ),
]
FullOption = Annotated[bool, typer.Option("--full", help="Send every valid row, whether it changed or not.")]
YesOption = Annotated[
    bool, typer.Option("--yes", help="Do not ask before sending to a protected destination.")
]
AllowOption = Annotated[
    list[Guard] | None,
    typer.Option("--allow", metavar="GUARD", help="Let this guard pass, this once.", show_default=False),
]
PiiOption = Annotated[
    bool,
    typer.Option("--show-pii", help="Show personal data instead of masking it.", callback=_unless_never),
]
FormatOption = Annotated[
    Format, typer.Option("--format", help="For people, or one JSON document for programs.")
]
