"""The words of the command that is carried out, for whoever needs them before typer has read them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import pairwise

_FOR_SCHEDULERS = "--due"
_words: list[str] = []


def begin(arguments: Sequence[str]) -> None:
    """Remember the words of a command that begins."""
    _words[:] = arguments


def command_line() -> str:
    """Return the command as somebody would give it once more.

    What a scheduler asks is left out: the time that was due is done with once its orchestration was begun.
    """
    return shlex.join(["zdpipe", *(word for word in _words if word != _FOR_SCHEDULERS)])


def wants(option: str, value: str) -> bool:
    """Tell whether an option was given that value, in either of its spellings."""
    return f"{option}={value}" in _words or (option, value) in pairwise(_words)
