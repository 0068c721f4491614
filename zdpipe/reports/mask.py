"""Personal data made unreadable, with just enough left to recognize its form.

Everything a payload or a source row says of a person is masked: texts, identifiers, dates and numbers. Null,
true and false stay, and so do the names of fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from zdpipe.model.fields import PROPERTIES, Kind
from zdpipe.model.forgotten import is_placeholder

STARS = "***"
_WORDS_SHOWN = 4
# Identifiers shorter than this could be guessed from a few characters.
_LONG_IDENTIFIER = 12
_EMAIL_IN_TEXT = re.compile(r"[^\s@<>\"'`,;:()=]+@[^\s@<>\"'`,;:()=]+")
_NUMBER_IN_TEXT = re.compile(r"\+?\(?\d(?:[\s().-]{0,2}\d){6,}")
# A day, with or without its time of day, that no further digits make a telephone number of.
_DAY_IN_SQL = re.compile(
    r"(?<![\d.+-])(?<!\d[\s().-])(?<!\d[\s().-]{2})"
    r"((?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?)"
    r"(?![\s().-]{0,2}\d)"
)
_IDENTIFIERS = frozenset({"external_id", "amperity_id", "key", "identity", "id"})


def mask_email(address: str) -> str:
    """Mask an address: `jane@example.com` → `j***@e***.com`."""
    local, _, domain = address.strip().rpartition("@")
    name, _, end = domain.rpartition(".")
    hidden = f"{_initial(name)}.{end}" if name and end.isalpha() else STARS
    return f"{_initial(local)}@{hidden}"


def mask_phone(number: str) -> str:
    """Mask a number: `+12065550134` → `+1******34`; anything that is no E.164 number goes whole."""
    digits = number.strip().removeprefix("+")
    if not number.strip().startswith("+") or not digits.isdecimal() or len(digits) < 8:
        return STARS
    return f"+{digits[0]}******{digits[-2:]}"


def mask_words(text: str) -> str:
    """Mask each word: `Jane Doe` → `J*** D***`; long texts end after a few words."""
    words = text.split()
    shown = " ".join(_initial(word) for word in words[:_WORDS_SHOWN])
    return f"{shown} …" if len(words) > _WORDS_SHOWN else shown


def mask_identifier(identifier: str) -> str:
    """Mask an identifier: its first four characters stay when it is long, an address counts as one.

    What stands for somebody who was forgotten tells nothing of anybody, and stays.
    """
    if is_placeholder(identifier):
        return identifier
    if "@" in identifier:
        return mask_email(identifier)
    if len(identifier) < _LONG_IDENTIFIER or " " in identifier:
        return mask_words(identifier)
    return f"{identifier[:4]}{STARS}"


def mask_sentence(text: str) -> str:
    """Mask the addresses and long numbers inside a sentence and leave its other words."""
    return _mask_numbers(mask_addresses(text))


def mask_sql(text: str) -> str:
    """Mask addresses and long numbers in the text of a query; days are what its conditions are about."""
    parts = _DAY_IN_SQL.split(mask_addresses(text))  # first, for an address may have a day in it
    return "".join(part if place % 2 else _mask_numbers(part) for place, part in enumerate(parts))


def mask_addresses(text: str) -> str:
    """Mask the email addresses inside a text and leave everything else."""
    return _EMAIL_IN_TEXT.sub(lambda match: mask_email(match.group()), text)


def mask_quotes(text: str, *payloads: str) -> str:
    """Mask a sentence about users, given as JSON texts: what it repeats of them goes too."""
    users = [json.loads(payload, parse_float=Decimal) for payload in payloads]
    values = dict(_values("", users))
    quoted = sorted((value for value in values if len(value) > 1), key=len, reverse=True)
    if not quoted:
        return mask_sentence(text)
    pattern = "|".join(re.escape(value) for value in quoted)
    fields = {value.casefold(): field for value, field in values.items()}

    def hide(match: re.Match[str]) -> str:
        return _mask_text(fields.get(match.group().casefold(), ""), match.group())

    return mask_sentence(re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", hide, text, flags=re.IGNORECASE))


def mask_value(field: str, value: object) -> object:
    """Mask one value of a field, a Zendesk property or a column of the source, by what it is."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {key: mask_value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [mask_value(field, inner) for inner in value]
    return _mask_text(field, str(value))


def mask_payload(payload: str) -> str:
    """Mask the JSON text of a user; the order of its keys stays."""
    user = json.loads(payload, parse_float=Decimal)
    return json.dumps(mask_value("", user), ensure_ascii=False, separators=(",", ":"))


def mask_fragment(field: str, fragment: str | None) -> str | None:
    """Mask a value given as JSON text, such as `"Jane"` or `12.50`, and return it as JSON text."""
    if fragment is None:
        return None
    try:
        value = json.loads(fragment, parse_float=Decimal)
    except ValueError:
        value = fragment
    return json.dumps(mask_value(field, value), ensure_ascii=False)


def _values(field: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield every text and number in a value with the name of its field; custom fields have their own."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _values(str(name), inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _values(field, inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value), field


def _mask_text(field: str, text: str) -> str:
    if "@" in text:
        return mask_email(text) if len(text.split()) == 1 else mask_words(text)
    if field in _IDENTIFIERS:
        return mask_identifier(text)
    kind = PROPERTIES[field].kind if field in PROPERTIES else Kind.TEXT
    return mask_phone(text) if kind is Kind.PHONE or text.strip().startswith("+") else mask_words(text)


def _mask_numbers(text: str) -> str:
    return _NUMBER_IN_TEXT.sub(STARS, text)


def _initial(word: str) -> str:
    return f"{word[0]}{STARS}" if len(word) > 1 else STARS
