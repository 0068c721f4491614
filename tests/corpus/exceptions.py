"""The listed SQL that an engine takes and zdpipe calls wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("exceptions.txt")


@dataclass(frozen=True)
class Known:
    """Texts of a dialect in which a pattern is found, and how many there are."""

    dialect: str
    number: int
    pattern: re.Pattern[str]


def _read() -> tuple[Known, ...]:
    lines = [line for line in FILE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    parts = [line.split(" ", maxsplit=2) for line in lines]
    return tuple(Known(dialect, int(number), re.compile(pattern)) for dialect, number, pattern in parts)


KNOWN = _read()
DIALECTS = frozenset(one.dialect for one in KNOWN)


def surprises(dialect: str, refused: Iterable[str]) -> list[str]:
    """Return the refused texts that no exception stands for, and the exceptions that no longer hold."""
    known = [one for one in KNOWN if one.dialect == dialect]
    counted: Counter[str] = Counter()
    found = []
    for text in refused:
        fitting = next((one for one in known if one.pattern.search(text)), None)
        if fitting is None:
            found.append(text)
        else:
            counted[fitting.pattern.pattern] += 1
    wrong = [one for one in known if counted[one.pattern.pattern] != one.number]
    return found + [
        f"{one.pattern.pattern}: {counted[one.pattern.pattern]}, not {one.number}" for one in wrong
    ]
