"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from zdpipe.model.guard import Guard


class Format(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"


def _not_blank(key: str) -> str:
    if not key.strip():
        raise typer.BadParameter("It is blank, and names nobody.")
    return key


ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="DIR",
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
PiiOption = Annotated[bool, typer.Option("--show-pii", help="Show personal data instead of masking it.")]
FormatOption = Annotated[
    Format, typer.Option("--format", help="For people, or one JSON document for programs.")
]
