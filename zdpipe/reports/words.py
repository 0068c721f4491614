"""Numbers, times and texts from elsewhere, as people read them on a terminal."""

from __future__ import annotations

import re
from datetime import datetime

# Control characters move the cursor or recolour the screen; those of writing direction swap what is read.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return a text of customers or of Zendesk with everything replaced that commands a terminal."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def count(number: int, one: str = "", many: str = "") -> str:
    """Return a number with thousands set apart, and with its noun in the right form where one is given."""
    if not one:
        return f"{number:,}"
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float, *, whole: bool = False) -> str:
    """Return a time span in its two largest units; a forecast is in whole seconds, it knows no better."""
    if round(seconds, 0 if whole else 1) < 60:
        return f"{seconds:.{0 if whole else 1}f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def pace(users_per_second: float) -> str:
    """Return a rate, or a dash where nothing was sent."""
    return f"{users_per_second:.1f} users/s" if users_per_second else "–"


def moment(time: datetime | None) -> str:
    """Return a time in UTC to the second, or a dash."""
    return f"{time:%Y-%m-%d %H:%M:%S}" if time else "–"
