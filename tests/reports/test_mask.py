from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe.reports.mask import (
    mask_email,
    mask_fragment,
    mask_identifier,
    mask_payload,
    mask_phone,
    mask_quotes,
    mask_sentence,
    mask_sql,
    mask_value,
    mask_words,
)

LETTERS = st.text("abcdefghijklmnopqrstuvwxyz0123456789._-", min_size=2, max_size=30)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("jane@example.com", "j***@e***.com"),
        ("JANE.DOE@mail.example.co.uk", "J***@m***.uk"),
        ("j@x.org", "***@***.org"),
        ("jane@localhost", "j***@***"),
        ("jane@[192.0.2.1]", "j***@***"),
        ("@example.com", "***@e***.com"),
        ("a@b@c", "a***@***"),
    ],
)
def test_an_address_keeps_initials_and_ending(address: str, masked: str) -> None:
    assert mask_email(address) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+12065550134", "+1******34"),
        ("+447911123456", "+4******56"),
        ("(206) 555-0134", "***"),
        ("+1234", "***"),
        ("n/a", "***"),
    ],
)
def test_a_phone_keeps_its_first_and_last_digits(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Jane Doe", "J*** D***"),
        ("  O'Brien ", "O***"),
        ("王小明", "王***"),
        ("J Doe", "*** D***"),
        ("one two three four five", "o*** t*** t*** f*** …"),
        ("", ""),
    ],
)
def test_words_keep_their_initials(text: str, masked: str) -> None:
    assert mask_words(text) == masked


@pytest.mark.parametrize(
    ("identifier", "masked"),
    [
        ("0b1c2d3e-aaaa-bbbb-cccc-0123456789ab", "0b1c***"),
        ("12345", "1***"),
        ("jane@example.com", "j***@e***.com"),
    ],
)
def test_an_identifier_keeps_little(identifier: str, masked: str) -> None:
    assert mask_identifier(identifier) == masked


@given(LETTERS, LETTERS)
def test_no_local_part_survives(local: str, domain: str) -> None:
    masked = mask_email(f"{local}@{domain}.com")
    assert local not in masked.partition("@")[0]
    assert domain not in masked.partition("@")[2].removesuffix(".com")


@given(st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True))
def test_no_run_of_digits_of_a_phone_survives(number: str) -> None:
    masked = mask_phone(number)
    assert max(len(run) for run in re.findall(r"\d+", masked)) <= 2
    assert len(re.sub(r"\D", "", masked)) == 3


@given(st.text(min_size=2))
def test_no_word_survives(text: str) -> None:
    masked = mask_words(text).split()
    assert not [word for word in text.split() if len(word) > 1 and word in masked and word != "…"]


@given(st.dictionaries(st.text(max_size=8), ANYTHING, max_size=4))
def test_every_payload_masks_to_json_with_the_same_keys(user: dict[str, object]) -> None:
    masked = json.loads(mask_payload(json.dumps(user)))
    assert list(masked) == list(user)
    for key, value in user.items():
        if value is None or isinstance(value, bool):
            assert masked[key] is value


def test_a_payload_masks_everything_personal() -> None:
    payload = (
        '{"email":"jane@example.com","external_id":"0b1c2d3e-aaaa-bbbb","name":"Jane Doe",'
        '"phone":"+12065550134","skip_verify_email":true,"user_fields":{"address":"12 Main St",'
        '"email_opt_in":false,"lifetime_value":12.50,"state":"WA","last_order_date":"2020-01-31","other_phone":"+12065550134",'
        '"contact":"x.y@example.com"}}'
    )
    assert mask_payload(payload) == (
        '{"email":"j***@e***.com","external_id":"0b1c***","name":"J*** D***","phone":"+1******34",'
        '"skip_verify_email":true,"user_fields":{"address":"1*** M*** S***","email_opt_in":false,'
        '"lifetime_value":"1***","state":"W***","last_order_date":"2***","other_phone":"+1******34",'
        '"contact":"x***@e***.com"}}'
    )


def test_a_text_with_an_address_among_words_is_masked_word_by_word() -> None:
    assert mask_value("notes", "call jane@example.com now") == "c*** j*** n***"


@pytest.mark.parametrize(
    ("fragment", "masked"),
    [('"Jane"', '"J***"'), ("12.50", '"1***"'), ("true", "true"), (None, None), ("not json", '"n*** j***"')],
)
def test_a_fragment_stays_json(fragment: str | None, masked: str | None) -> None:
    assert mask_fragment("name", fragment) == masked


def test_a_sentence_keeps_its_words() -> None:
    assert mask_sentence("Email: jane@example.com is used; LINE 3 of +1 (206) 555-0134") == (
        "Email: j***@e***.com is used; LINE 3 of ***"
    )


USER = {
    "external_id": "crm-4711",
    "name": "Jane Doe",
    "user_fields": {"city": "Ulm", "points": 12.50, "vip": True},
}


@pytest.mark.parametrize(
    ("words", "masked"),
    [
        ("External: CRM-4711 has already been taken", "External: C*** has already been taken"),
        ("Name: Jane Doe is too short", "Name: J*** D*** is too short"),
        ("City: 'Ulm' is not in Ulmen", "City: 'U***' is not in Ulmen"),
        ("Points: 12.5 is odd", "Points: 1*** is odd"),
        ("jane@example.com, call +12065550134", "j***@e***.com, call ***"),
        ("That cannot be true", "That cannot be true"),
    ],
)
def test_what_a_sentence_repeats_of_its_user_is_masked(words: str, masked: str) -> None:
    assert mask_quotes(words, json.dumps(USER)) == masked


@given(
    st.dictionaries(st.sampled_from(["name", "email", "external_id", "phone", "notes"]), LETTERS),
    st.sampled_from(["", " ", "'", '"', "(", "<"]),
)
def test_no_value_of_a_user_stays_in_words_about_them(user: dict[str, str], quote: str) -> None:
    for value in user.values():
        words = f"??: {quote}{value.upper()}{quote} ??"
        assert value.upper() not in mask_quotes(words, json.dumps(user))


@pytest.mark.parametrize(
    "text",
    [
        "WHERE updated_at > '2026-01-31'",
        "BETWEEN DATE '2026-01-01' AND TIMESTAMP '2026-12-31 23:59:59.999'",
        "'2026-01-31T10:00' AND ltv > 1000.50",
        "LIMIT 100000",
    ],
)
def test_days_and_amounts_of_a_query_stay(text: str) -> None:
    assert mask_sql(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("email = 'jane@example.com'", "email = 'j***@e***.com'"),
        ("phone IN ('+1 206 555 0134', '2065550134')", "phone IN ('***', '***')"),
        ("'2026-01-31' < d OR phone = '206-555-0134'", "'2026-01-31' < d OR phone = '***'"),
        ("phone = '2012-12-12-0134'", "phone = '***'"),
        ("phone = '+1 2012-12-12'", "phone = '***'"),
        ("phone = '2065-13-01'", "phone = '***'"),
        ("phone = '(206) 2012-12-12'", "phone = '***'"),
        ("email = 'jane_2001-02-03@example.com'", "email = 'j***@e***.com'"),
        ("email = '2001-02-03@example.com'", "email = '2***@e***.com'"),
    ],
)
def test_addresses_and_telephone_numbers_in_a_query_do_not(text: str, masked: str) -> None:
    assert mask_sql(text) == masked
