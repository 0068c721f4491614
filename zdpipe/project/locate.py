"""On which line of a TOML text a key stands; tomllib tells values only."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence


def line_of(text: str, keys: Sequence[str | int]) -> int:
    """Return the line, from 1, of the statement that brings a key in; of its nearest table if it is absent.

    tomllib reads every beginning of a text that ends with a whole statement: the first such beginning that
    holds the key ends with the statement that brings it in.
    """
    known = _deepest_known(tomllib.loads(text), keys)
    lines = text.split("\n")
    start = 0
    for end in range(1, len(lines) + 1):
        try:
            parsed = tomllib.loads("\n".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue
        if len(_deepest_known(parsed, known)) == len(known):
            return start + 1
        start = end
    return 1


def _deepest_known(value: object, keys: Sequence[str | int]) -> Sequence[str | int]:
    """Return the longest beginning of `keys` that exists in a parsed text."""
    for depth, key in enumerate(keys):
        if not isinstance(value, dict) or key not in value:
            return keys[:depth]
        value = value[key]
    return keys
