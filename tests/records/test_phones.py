from __future__ import annotations

import random
from itertools import pairwise

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records.columns import encoded, reasons, texts
from zdpipe.model.fields import Kind
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
    "[{a}] {b} {c}",
    "011 44 {a} {b} {c}",
    "+44 (0){a} {b} {c}",
    "{a} {b} {c} call after 5",
    "0{a} {b} {c}",
]

LIBRARY_RUNS = {"431234567890", "2250123456789"}  # example numbers of Austria and of the Ivory Coast


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
    if is_filler(number):
        return None, False
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), bool(number.extension)


def is_filler(number: phonenumbers.PhoneNumber) -> bool:
    """Whether a number's digits are one over and over, or count up or down over at least ten places."""
    national = phonenumbers.national_significant_number(number)
    if (len(national) >= 7 and len(set(national)) == 1) or f"{number.country_code}{national}" in LIBRARY_RUNS:
        return f"{number.country_code}{national}" not in LIBRARY_RUNS
    return any(counts(digits) for digits in (national, f"{number.country_code}{national}"))


def counts(digits: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
    return len(digits) >= 10 and (
        (steps == {1} and digits[0] in "01") or (steps == {9} and digits[0] in "09")
    )


def assert_agreement(written: list[str], region: str = "US", accept: str = "valid") -> None:
    found = e164(texts(*written), Rules((), default_region=region, accept=accept))
    got = dict(zip(written, zip(found.numbers, found.dropped, strict=True), strict=True))
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
    assert reasons(Kind.PHONE, column) == {
        "invalid_phone": [1],
        "placeholder_phone": [6],
        "extension_dropped": [0, 4],
    }


def test_only_north_american_numbers_pass_where_plus_one_is_required() -> None:
    column = texts("+44 20 7946 0958", "212-555-0123", "+44 20 7946 0958 x5")
    assert encoded(Kind.PHONE, column, require_plus_one=True) == [None, "+12125550123", None]
    assert reasons(Kind.PHONE, column, require_plus_one=True) == {"invalid_phone": [0, 2]}


def test_a_possible_number_passes_only_where_the_project_accepts_it() -> None:
    column = texts("999-999-9998", "555-0123")
    assert encoded(Kind.PHONE, column) == [None, None]
    assert encoded(Kind.PHONE, column, accept="possible") == ["+19999999998", None]


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
    expected = [phonenumbers.format_number(n, phonenumbers.PhoneNumberFormat.E164) for n in examples]
    for form in (phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL):
        written = [phonenumbers.format_number(number, form) for number in examples]
        assert encoded(Kind.PHONE, texts(*written)) == expected
        assert encoded(Kind.PHONE, texts(*(text + " ext. 12" for text in written))) == expected
        assert encoded(Kind.PHONE, texts(*("011 " + text[1:] for text in written))) == expected
        assert (
            encoded(Kind.PHONE, texts(*("00 " + text[1:] for text in written)), default_region="GB")
            == expected
        )


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_regions_own_numbers_are_judged_as_libphonenumber_judges_them(region: str) -> None:
    examples = [phonenumbers.example_number_for_type(region, kind) for kind in range(11)]
    national = [
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        for number in examples
        if number is not None
    ]
    significant = [phonenumbers.national_significant_number(number) for number in examples if number]
    sloppy = [spelling for number in national for spelling in sloppily(number)]
    for accept in ("valid", "possible"):
        assert_agreement(sorted({*national, *significant, *sloppy}), region, accept)


def sloppily(number: str) -> list[str]:
    full_width = str.maketrans("0123456789", "０１２３４５６７８９")
    return [
        number.translate(full_width),
        f"({number[:2]}) {number[2:]} x12",
        number.replace(" ", "."),
        number.replace(" ", " - ") + " ext 7",
        number[:-3] + "CAR",
        number[:-1],
        number + "0",
        f"Tel. {number} (home)",
    ]


@pytest.mark.parametrize(
    "written",
    [
        "5555555555",
        "555-555-5555",
        "0000000000",
        "1111111111",
        "999-999-9999",
        "888-888-8888",
        "+1 (888) 888-8888",
        "+44 7777 777777",
        "+52 55 5555 5555",
        "1234567890",
        "123-456-7890",
        "0123456789",
        "1-234-567-8901",
        "+1 234 567 8901",
        "+91 98765 43210",
        "+44 1234 567890",
        "987-654-3210",
        "555-5555",
        "1234567",
        "0000000000 x1",
    ],
)
@pytest.mark.parametrize("accept", ["valid", "possible"])
def test_fillers_are_refused_whatever_the_numbering_plan_says(written: str, accept: str) -> None:
    assert reasons(Kind.PHONE, texts(written), accept=accept) == {"placeholder_phone": [0]}
    assert encoded(Kind.PHONE, texts(written), accept=accept) == [None]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("212-555-0100", "+12125550100"),
        ("234-567-8902", "+12345678902"),
        ("+682 22222", "+68222222"),
        ("+33 1 23 45 67 89", "+33123456789"),
        ("+43 1234567890", "+431234567890"),
        ("800-555-5555", "+18005555555"),
    ],
)
def test_real_numbers_that_look_like_fillers_are_sent(written: str, number: str) -> None:
    assert encoded(Kind.PHONE, texts(written)) == [number]


@settings(max_examples=150)
@given(
    st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)),
    st.sampled_from(
        [
            "+{}{}",
            "00{}{}",
            "011 {} {}",
            "+{} (0){}",
            "{}{}",
            "0{1}",
            "{1}",
            "+{} {} x12",
            "{1}taxi",
            "１{}{}",
        ]
    ),
    st.integers(10**4, 10**12),
    st.sampled_from(["US", "GB", "DE", "AG", "JP", "BR", "KZ"]),
)
def test_numbers_of_any_country_are_judged_as_libphonenumber_judges_them(
    country: str, spelling: str, digits: int, region: str
) -> None:
    code = phonenumbers.country_code_for_region(country)
    example = phonenumbers.example_number(country)
    start = phonenumbers.national_significant_number(example)[:3] if example else ""
    written = [spelling.format(code, digits), spelling.format(code, f"{start}{digits}"[:10])]
    assert_agreement(sorted(set(written)), region)


@pytest.mark.parametrize("region", ["US", "GB", "DE", "AG"])
def test_what_was_read_is_read_again_the_same(region: str) -> None:
    written = [
        spelling.format(a=a, b=b, c=c) for spelling in SPELLINGS for a, b, c in (("212", "555", "0123"),)
    ]
    once = e164(texts(*written), Rules((), default_region=region)).numbers
    again = e164(once, Rules((), default_region=region))
    assert again.numbers.to_list() == once.to_list()
    assert not again.dropped.any()
    assert not again.placeholders.any()


def test_plain_numbers_never_reach_the_slow_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phonenumbers, "parse", None)
    north_american = {
        "(212) 555-0123": "+12125550123",
        "+1 416 555 0123": "+14165550123",
        "876.555.0123 ext. 5": "+18765550123",
        "212-555-0123 x2207": "+12125550123",
        "2125550123 #7": "+12125550123",
        "1-800-FLOWERS": "+18003569377",
        "+1 800 flowers": "+18003569377",
        "２１２５５５０１２３": "+12125550123",
        "011 1 212 555 0123": "+12125550123",
        "tel:+1-212-555-0123": "+12125550123",
        "212 555 0123 (home)": None,
        "001 212 555 0123": None,
        "206-555-0123 call after 5": None,
        "555-0123": None,
        "0212 555 0123": None,
        "212555012300": None,
        "999-999-9999": None,
        "n/a": None,
        "-": None,
    }
    abroad = {
        "+44 (0)20 7946 0958": "+442079460958",
        "011 44 20 7946 0958": "+442079460958",
        "+49 30 23125 123": "+493023125123",
        "+33 1 99 00 12 34": "+33199001234",
        "+61 2 5550 1234": "+61255501234",
        "+52 55 1234 5678": "+525512345678",
        "+44 12": None,
    }
    written = north_american | abroad
    assert dict(zip(written, encoded(Kind.PHONE, texts(*written)), strict=True)) == written
