from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.records.columns import encoded, reasons, texts
from zdpipe.model.fields import Kind
from zdpipe.records.emails import normalized_emails
from zdpipe.records.text import trimmed

PIECES = [
    "a",
    "Z",
    "9",
    ".",
    "-",
    "--",
    "_",
    "+",
    "@",
    "xn--",
    "com",
    "example.com",
    '"',
    " ",
    "é",
    "ü",
    "<",
    ">",
    "\\",
    "x" * 40,
]


def judged(address: str) -> str | None:
    """What the library itself says of an address."""
    try:
        return validate_email(address.lower(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (" Jane.Doe@Example.COM ", "jane.doe@example.com"),
        ("jane+news@example.co.uk", "jane+news@example.co.uk"),
        ("o'neil@example.com", "o'neil@example.com"),
        ("jane@bücher.example", "jane@bücher.example"),
        ("jane@xn--bcher-kva.example", "jane@bücher.example"),
        ("jürgen@example.com", "jürgen@example.com"),
        ("\u00a0jane@example.com\u200b", "jane@example.com"),
        ("jane@shop.test", "jane@shop.test"),
        ("jane@shop.local", "jane@shop.local"),
        ("jürgen@shop.local", "jürgen@shop.local"),
        ("jane@localhost", None),
        ("jane", None),
        ("jane@", None),
        ("@example.com", None),
        ("jane@example", None),
        ("jane@example.com.", None),
        ("jane@@example.com", None),
        ("jane doe@example.com", None),
        ("jane..doe@example.com", None),
        (".jane@example.com", None),
        ("jane@-example.com", None),
        ("jane@example-.com", None),
        ("jane@example.123", None),
        ("jane@ab--cd.com", None),
        ("jane@[127.0.0.1]", None),
        ('"jane doe"@example.com', None),
        ("Jane <jane@example.com>", None),
        ("jane@example.com,joe@example.com", None),
        ("x" * 250 + "@example.com", None),
        ("jane@" + "x" * 64 + ".com", None),
        ("jane@" + "x" * 63 + ".com", "jane@" + "x" * 63 + ".com"),
        ("   ", None),
    ],
)
def test_an_address_is_normalized_or_refused(address: str, expected: str | None) -> None:
    assert encoded(Kind.EMAIL, texts(address)) == [expected]


def test_a_blank_address_is_missing_and_a_bad_one_invalid() -> None:
    assert reasons(Kind.EMAIL, texts("", None, " \u3000", "bad", "a@b.co")) == {"invalid_email": [3]}


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_odd_addresses_are_judged_as_email_validator_judges_them(address: str) -> None:
    (text,) = trimmed(texts(address))
    assume(text is not None and not text.lower().endswith((".test", ".local")))
    assert normalized_emails(texts(text)).to_list() == [judged(text)]


@given(st.lists(st.emails(), min_size=1))
def test_well_formed_addresses_are_judged_as_email_validator_judges_them(addresses: list[str]) -> None:
    assert normalized_emails(texts(*addresses)).to_list() == [judged(address) for address in addresses]


@settings(max_examples=300)
@given(st.text(max_size=8), st.sampled_from(["example.com", "bücher.example", "ＥＸ.com", "İ.com", "faß.de"]))
def test_a_normalized_address_is_its_own_normal_form(local: str, domain: str) -> None:
    once = normalized_emails(trimmed(texts(f"{local}@{domain}")))
    assert normalized_emails(once).to_list() == once.to_list()
