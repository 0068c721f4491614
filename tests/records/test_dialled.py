from __future__ import annotations

import pytest

from tests.records.columns import texts
from zdpipe.records.dialled import dialled


@pytest.mark.parametrize(
    ("text", "digits", "plus", "dropped"),
    [
        ("212 555 0123", "2125550123", False, False),
        ("(+1) 212.555–0123", "12125550123", True, False),
        ("Tel. [212] 555/0123 ...", "2125550123", False, False),
        ("２１２٥٥٥۰۱۲۳", "2125550123", False, False),
        ("＋44 (0)20 7946 0958", "4402079460958", True, False),
        ("212-555-0123 ext. 12", "2125550123", False, True),
        ("212-555-0123 (x12)", "2125550123", False, True),
        ("212-555-0123, extension 12#", "2125550123", False, True),
        ("1-800-FLOWERS", "18003569377", False, False),
        ("800-555 wxyz!", "8005559999", False, False),
        ("212-555-0123 h", "2125550123", False, False),
    ],
)
def test_digits_are_what_one_would_dial(text: str, digits: str, plus: bool, dropped: bool) -> None:
    assert dialled(texts(text)).row(0) == (digits, plus, dropped, True)


@pytest.mark.parametrize("text", ["n/a", "-", "FLOWERS", "+"])
def test_a_text_without_digits_is_surely_no_number(text: str) -> None:
    assert dialled(texts(text)).select("digits", "read").row(0) == (None, True)


@pytest.mark.parametrize(
    "text",
    [
        "12",
        "212*555*0123",
        "212-555-0123;ext=5",
        "tel:212;phone-context=+1",
        "212-555-0123,,5",
        "(530) 583-6985 x302/x2303",
        "1-800-FLOWERS x5",
        "212-555-0123x1234567890",
        "٢١٢ call now",
        "++1 212 555 0123",
        "212-555-0123, 212-555-0124",
        "2" * 101,
    ],
)
def test_a_text_whose_reading_is_not_plain_is_left_to_the_library(text: str) -> None:
    assert dialled(texts(text)).select("digits", "read").row(0) == (None, False)
