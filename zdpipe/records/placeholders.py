"""Telephone numbers that somebody typed to get past a form: one digit over and over, or counting.

A numbering plan may hold them (+1 888 888 8888 is one), which is why libphonenumber's verdict is not enough.
"""

from __future__ import annotations

import polars as pl

from zdpipe.records.numbering import CALLING_CODE

# Shorter ones are real: in the Cook Islands +682 22222 is somebody's.
SHORTEST_REPEAT = 7
# Shorter runs are real too: 01 23 45 67 89 is a number in Paris.
SHORTEST_RUN = 10
LONGEST = 15  # E.164
COUNTED = ("012345678901234", "123456789012345", "987654321098765", "098765432109876")
# The numbers by which libphonenumber shows what one looks like in Austria and in the Ivory Coast.
REAL_RUNS = ("+431234567890", "+2250123456789")


def _runs(shortest: int) -> str:
    return "|".join(run[:length] for run in COUNTED for length in range(shortest, LONGEST + 1))


_REPEATED = "|".join(f"{digit}{{{SHORTEST_REPEAT},}}" for digit in range(10))
_NUMBER = rf"^\+(?:(?:{CALLING_CODE})(?:{_REPEATED}|{_runs(SHORTEST_RUN)})|{_runs(SHORTEST_RUN)})$"
_WRITTEN = f"^(?:{_REPEATED}|{_runs(SHORTEST_REPEAT)})$"


def is_placeholder(numbers: pl.Series) -> pl.Series:
    """Tell of E.164 numbers whether the national part repeats one digit or counts, or the whole counts."""
    found = numbers.str.contains(_NUMBER).fill_null(value=False)
    return found & ~numbers.is_in(REAL_RUNS).fill_null(value=False) if found.any() else found


def is_written_placeholder(text: pl.Series) -> pl.Series:
    """Tell of invalid texts whether the digits before any letter are one over and over, or count."""
    number = text.str.extract("^[^0-9]*([^A-Za-z#;]*)")
    return number.str.replace_all("[^0-9]+", "").str.contains(_WRITTEN).fill_null(value=False)
