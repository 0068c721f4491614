"""Checks of a JSON document from outside; a wrong value raises BadFaults, which names its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any


class BadFaults(ValueError):
    """Raised when a faults document has an unknown key or effect, or a bad value; the text names it."""


def fields_of(value: object, place: str, allowed: Collection[str]) -> Mapping[str, Any]:
    """Return an object that has no other keys than those allowed."""
    if not isinstance(value, dict):
        raise BadFaults(f"{place} must be an object")
    for key in value:
        if key not in allowed:
            raise BadFaults(f"{place} has the unknown key {key!r}; known are {', '.join(allowed)}")
    return value


def whole(value: object, place: str, least: int = 0, most: int | None = None) -> int:
    """Return an integer within its bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise BadFaults(f"{place} must be a whole number, at least {least}, not {value!r}")
    if most is not None and value > most:
        raise BadFaults(f"{place} must be at most {most}, not {value}")
    return value


def number(value: object, place: str, most: float = float("inf")) -> float:
    """Return a number from 0 to its bound."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= most:
        bound = "" if most == float("inf") else f" and at most {most:g}"
        raise BadFaults(f"{place} must be a number, at least 0{bound}, not {value!r}")
    return float(value)


def flag(value: object, place: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise BadFaults(f"{place} must be true or false, not {value!r}")
    return value


def text(value: object, place: str) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise BadFaults(f"{place} must be a text, not {value!r}")
    return value


def one_of(value: object, place: str, allowed: Collection[str]) -> str:
    """Return one of the texts allowed."""
    if not isinstance(value, str) or value not in allowed:
        raise BadFaults(f"{place} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def pattern(value: object, place: str) -> re.Pattern[str]:
    """Return a regular expression, in Python's dialect."""
    try:
        return re.compile(text(value, place))
    except re.error as error:
        raise BadFaults(f"{place} is not a regular expression: {error}") from None


def header(value: object, place: str) -> str:
    """Return a text that can be a header's name or value: printable Latin-1 on one line."""
    found = text(value, place)
    if not re.fullmatch(r"[\x20-\x7e\xa0-\xff]*", found):
        raise BadFaults(f"{place} cannot be sent in a header: {found!r}")
    return found
