from __future__ import annotations

import random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records.columns import encoded, reasons, texts
from zdpipe.model.fields import Kind
from zdpipe.records import nanp
from zdpipe.records.phones import e164
from zdpipe.records.rules import Rules

SPELLINGS = [
    "{a}{b}{c}",
    "({a}) {b}-{c}",
    "{a}-{b}-{c}",
    "{a}.{b}.{c}",
    "+1 {a} {b} {c}",
    "1{a}{b}{c}",
    "1 ({a}) {b}-{c}",
    "+1{a}{b}{c}",
    "(+1) {a} {b} {c}",
    "+ 1 ({a}) {b} - {c}",
    "  {a} {b} {c} - ",
    "({a}){b}-{c} x123",
    "{a}-{b}-{c} ext. 4",
    "+1 {a} {b} {c} Extension 77",
    "{a}{b}{c}x1234567",
    "001 {a} {b} {c}",
    "011 1 {a} {b} {c}",
    "tel:+1-{a}-{b}-{c}",
    "{a}/{b}/{c}",
]


def judged(text: str, region: str = "US", accept: str = "valid") -> tuple[str | None, bool]:
    """What libphonenumber itself says of a text: its E.164 form and whether that drops an extension."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None, False
    possible = (
        phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    )
    if not (phonenumbers.is_valid_number(number) if accept == "valid" else possible):
        return None, False
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), bool(number.extension)


def assert_agreement(written: list[str], region: str = "US", accept: str = "valid") -> None:
    numbers, dropped = e164(texts(*written), Rules((), default_region=region, accept=accept))
    got = dict(zip(written, zip(numbers, dropped, strict=True), strict=True))
    assert got == {text: judged(text, region, accept) for text in written}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("(212) 555-0123", "+12125550123"),
        ("212.555.0123", "+12125550123"),
        ("1-212-555-0123", "+12125550123"),
        ("+1 212 555 0123", "+12125550123"),
        ("２１２５５５０１２３", "+12125550123"),
        ("1-800-FLOWERS", "+18003569377"),
        ("+44 20 7946 0958", "+442079460958"),
        ("011 44 20 7946 0958", "+442079460958"),
        ("+39 06 698 12345", "+390669812345"),
        ("416-555-0123", "+14165550123"),
        ("876-555-0123", "+18765550123"),
        ("555-0123", None),
        ("000-000-0000", None),
        ("111-111-1111", None),
        ("999-999-9999", None),
        ("1234567890", None),
        ("123-456-7890", None),
        ("+1 1234", None),
        ("unknown", None),
        ("n/a", None),
        ("+999 123 456 789", None),
    ],
)
def test_a_number_becomes_e164_or_nothing(written: str, expected: str | None) -> None:
    assert encoded(Kind.PHONE, texts(written)) == [expected]


def test_remarks_tell_invalid_numbers_from_dropped_extensions() -> None:
    column = texts(
        "212-555-0123 x5", "12", None, " ", "+44 20 7946 0958 ext. 7", "212-555-0123", "999-999-9999 x1"
    )
    assert reasons(Kind.PHONE, column) == {"invalid_phone": [1, 6], "extension_dropped": [0, 4]}


def test_only_north_american_numbers_pass_where_plus_one_is_required() -> None:
    column = texts("+44 20 7946 0958", "212-555-0123", "+44 20 7946 0958 x5")
    assert encoded(Kind.PHONE, column, require_plus_one=True) == [None, "+12125550123", None]
    assert reasons(Kind.PHONE, column, require_plus_one=True) == {"invalid_phone": [0, 2]}


def test_a_possible_number_passes_only_where_the_project_accepts_it() -> None:
    column = texts("999-999-9999", "555-0123")
    assert encoded(Kind.PHONE, column) == [None, None]
    assert encoded(Kind.PHONE, column, accept="possible") == ["+19999999999", None]


def test_bare_numbers_belong_to_the_default_region() -> None:
    column = texts("020 7946 0958", "+1 212 555 0123", "2125550123")
    assert encoded(Kind.PHONE, column, default_region="GB") == ["+442079460958", "+12125550123", None]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 999), st.integers(0, 999), st.integers(0, 9999), st.sampled_from(SPELLINGS)),
        min_size=1,
    ),
    st.sampled_from(["US", "CA", "JM", "AG", "GB", "DE"]),
    st.sampled_from(["valid", "possible"]),
)
def test_every_spelling_is_judged_as_libphonenumber_judges_it(
    parts: list[tuple[int, int, int, str]], region: str, accept: str
) -> None:
    assert_agreement(
        [how.format(a=f"{a:03}", b=f"{b:03}", c=f"{c:04}") for a, b, c, how in parts], region, accept
    )


@settings(max_examples=25)
@given(
    st.lists(st.text("0123456789()+-. x#", max_size=18).map(str.strip)), st.sampled_from(["US", "AG", "GB"])
)
def test_odd_texts_are_judged_as_libphonenumber_judges_them(written: list[str], region: str) -> None:
    assert_agreement(written, region)


def test_every_area_code_is_judged_as_libphonenumber_judges_it() -> None:
    draw = random.Random(1)
    written = [f"{area}{draw.randrange(10**7):07}" for area in range(200, 1000) for _ in range(4)]
    assert_agreement(sorted(set(written)))


def test_the_example_numbers_of_every_region_are_accepted_in_any_form() -> None:
    examples = [
        number
        for region in phonenumbers.SUPPORTED_REGIONS
        for kind in (0, 1, 3)
        if (number := phonenumbers.example_number_for_type(region, kind)) is not None
    ]
    for form in (phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL):
        written = [phonenumbers.format_number(number, form) for number in examples]
        expected = [phonenumbers.format_number(n, phonenumbers.PhoneNumberFormat.E164) for n in examples]
        assert encoded(Kind.PHONE, texts(*written)) == expected


def test_plain_north_american_numbers_never_reach_the_slow_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phonenumbers, "parse", None)
    written = texts("(212) 555-0123", "+1 416 555 0123", "876.555.0123 ext. 5", "999-999-9999")
    assert encoded(Kind.PHONE, written) == ["+12125550123", "+14165550123", "+18765550123", None]
    assert nanp.is_valid(texts(None)).to_list() == [False]
