"""The words of the command that is carried out, for whoever needs them before typer has read them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import pairwise

_words: list[str] = []


def begin(arguments: Sequence[str]) -> None:
    """Remember the words of a command that begins."""
    _words[:] = arguments


def command_line() -> str:
    """Return the command as somebody would give it once more."""
    return shlex.join(["zdpipe", *_words])


def wants(option: str, value: str) -> bool:
    """Tell whether an option was given that value, in either of its spellings."""
    return f"{option}={value}" in _words or (option, value) in pairwise(_words)
