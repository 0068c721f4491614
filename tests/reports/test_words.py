from __future__ import annotations

from datetime import UTC, datetime

import pytest

from zdpipe.reports.words import count, duration, moment, pace, printable


def test_numbers_carry_their_noun() -> None:
    assert [count(1234567), count(1, "job"), count(2, "job"), count(0, "person", "people")] == [
        "1,234,567",
        "1 job",
        "2 jobs",
        "0 people",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (61, "1 min 1 s"),
        (3_599.9, "1 h 0 min"),
        (7_380, "2 h 3 min"),
    ],
)
def test_times_are_told_in_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_texts_cannot_command_a_terminal() -> None:
    assert printable("Jane\x1b[2J \u202eeoD\x07 O’Brien 王小明") == "Jane�[2J �eoD� O’Brien 王小明"


def test_what_is_not_there_is_a_dash() -> None:
    assert (pace(0.0), moment(None)) == ("–", "–")
    assert (pace(97.36), moment(datetime(2026, 1, 2, tzinfo=UTC))) == ("97.4 users/s", "2026-01-02 00:00:00")
