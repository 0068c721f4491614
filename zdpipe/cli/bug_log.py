"""A bug of ours, written down where only its owner can read it."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from zdpipe import __version__
from zdpipe.clock import SystemClock

_LIBRARIES = ("duckdb", "polars", "pyarrow", "sqlglot", "httpx", "typer", "rich", "pydantic")
_ABOUT_SOMEBODY = frozenset({"forget", "explain"})
_WITH_VALUE = frozenset({"--project", "--format", "--run"})


def write_bug_log(error: BaseException, arguments: Sequence[str], folder: Path | None) -> Path:
    """Write the traceback and versions into the folder, or the system's temporary one; return the path."""
    text = _describe(error, arguments)
    if folder is not None:
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return _write(text, folder)
    return _write(text, Path(tempfile.gettempdir()))


def logs_folder(arguments: Sequence[str]) -> Path | None:
    """Return the logs of the project that a command meant, if it has a state folder."""
    from zdpipe.cli.project import open_project
    from zdpipe.state.folder import StateFolder

    project = open_project(_option(arguments, "--project"))
    state = StateFolder(project.paths.state)
    return state.logs if state.root.is_dir() else None


def _write(text: str, folder: Path) -> Path:
    stamp = f"{SystemClock().now():%Y%m%d-%H%M%S}"
    # mkstemp makes the file readable by its owner alone.
    descriptor, name = tempfile.mkstemp(".log", f"zdpipe-{stamp}-", folder)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return Path(name)


def _describe(error: BaseException, arguments: Sequence[str]) -> str:
    facts = [f"zdpipe {__version__}", f"Python {platform.python_version()} on {platform.platform()}"]
    facts += [f"{name} {_version(name)}" for name in _LIBRARIES]
    facts.append(f"arguments {_impersonal(arguments)}")
    return "\n".join(facts) + "\n\n" + "".join(traceback.format_exception(error))


def _impersonal(arguments: Sequence[str]) -> list[str]:
    """Return the words of a command without the key of the customer that it is about."""
    shown = list(arguments)
    for place, word in enumerate(shown[1:], start=1):
        is_value = shown[place - 1] in _WITH_VALUE
        if shown[0] in _ABOUT_SOMEBODY and not word.startswith("-") and not is_value:
            shown[place] = "***"
    return shown


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _option(arguments: Sequence[str], name: str) -> Path | None:
    for place, word in enumerate(arguments):
        if word == name and place + 1 < len(arguments):
            return Path(arguments[place + 1])
        if word.startswith(f"{name}="):
            return Path(word.partition("=")[2])
    return None
