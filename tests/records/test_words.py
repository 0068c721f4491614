from __future__ import annotations

import polars as pl
import pytest

from tests.records.columns import encoded, reasons, texts
from zdpipe.model.fields import Kind
from zdpipe.records.states import CANADA, CODES, MILITARY, POSSESSIONS, UNITED_STATES


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("CA", "CA"),
        (" ny ", "NY"),
        ("texas", "TX"),
        ("NEW  YORK", "NY"),
        ("N.Y.", "NY"),
        ("D.C.", "DC"),
        ("Washington, D.C.", "DC"),
        ("washington", "WA"),
        ("Puerto Rico", "PR"),
        ("U.S. Virgin Islands", "VI"),
        ("ae", "AE"),
        ("Armed Forces Pacific", "AP"),
        ("Québec", "QC"),
        ("quebec", "QC"),
        ("Newfoundland and Labrador", "NL"),
        ("P.E.I.", "PE"),
        ("on", "ON"),
        ("ZZ", None),
        ("Cali", None),
        ("Bavaria", None),
        ("-", None),
    ],
)
def test_a_state_becomes_two_capitals_or_nothing(written: str, expected: str | None) -> None:
    assert encoded(Kind.STATE, texts(written)) == [expected]


def test_every_known_code_and_name_is_read_in_any_case() -> None:
    known = UNITED_STATES | POSSESSIONS | MILITARY | CANADA
    assert len(known) == 51 + 8 + 3 + 13
    assert encoded(Kind.STATE, texts(*(code.lower() for code in known))) == list(known)
    assert encoded(Kind.STATE, texts(*(name.lower() for name in known.values()))) == list(known)
    assert set(CODES.values()) == set(known)


def test_unknown_states_are_remarked_and_blank_ones_are_not() -> None:
    assert reasons(Kind.STATE, texts("zz", "", None, "tx", "zz")) == {"invalid_state": [0, 4]}


def test_booleans_are_read_in_their_usual_spellings() -> None:
    true = texts("true", "TRUE", " t ", "Yes", "y", "1", "On")
    false = texts("false", "F", "no", "N", "0", "OFF")
    assert encoded(Kind.BOOLEAN, true) == [True] * 7
    assert encoded(Kind.BOOLEAN, false) == [False] * 6
    assert encoded(Kind.BOOLEAN, pl.Series([True, False, None])) == [True, False, None]
    assert encoded(Kind.BOOLEAN, pl.Series([0, 1, 2])) == [False, True, None]
    assert encoded(Kind.BOOLEAN, pl.Series([0.0, 1.0, 0.5])) == [False, True, None]


def test_other_words_are_invalid_booleans() -> None:
    assert reasons(Kind.BOOLEAN, texts("maybe", "", "2", "true", "ja", "x")) == {
        "invalid_boolean": [0, 2, 4, 5]
    }
