"""The option --log-format, for every command that logs to stderr while it works."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from zdpipe.cli.json_log import OPTION, LogFormat

LogOption = Annotated[
    LogFormat,
    typer.Option(OPTION, metavar="F", help="Progress and errors on stderr: text, or json, an object a line."),
]
_NAME = "log_format"


def logs(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the option; what it says is read from the command's words, before typer reads them.

    Errors in these words are logged as they ask for, too.
    """

    @wraps(command)
    def logged(*values: Any, **options: Any) -> int:
        options.pop(_NAME, None)
        return command(*values, **options)

    option = inspect.Parameter(
        _NAME, inspect.Parameter.KEYWORD_ONLY, default=LogFormat.TEXT, annotation=LogOption
    )
    signature = inspect.signature(command, eval_str=True)
    logged.__dict__["__signature__"] = signature.replace(parameters=[*signature.parameters.values(), option])
    logged.__annotations__ = {**get_type_hints(command, include_extras=True), _NAME: LogOption}
    return logged
