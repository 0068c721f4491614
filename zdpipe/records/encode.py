"""One column under its rule → what is sent of it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from zdpipe.model.fields import Kind
from zdpipe.model.reasons import Reason
from zdpipe.records.account import DROPDOWN, LOOKUP, MULTISELECT, TEXTS
from zdpipe.records.dates import dates, timestamps
from zdpipe.records.emails import normalized_emails
from zdpipe.records.encoded import Encoded, Remark
from zdpipe.records.lists import spelled_lists, text_lists
from zdpipe.records.numbers import NOT_FINITE, decimals, integers, lookups
from zdpipe.records.options import Choice, choose, choose_several, named
from zdpipe.records.phones import e164
from zdpipe.records.spelled import is_priced
from zdpipe.records.text import as_text, folded, keep, legible, quoted, quoted_plain, text_of, trimmed
from zdpipe.records.translate import translated
from zdpipe.records.typos import meant_domains
from zdpipe.records.words import booleans, states

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zdpipe.model.schema import UserField
    from zdpipe.records.column import ColumnRule
    from zdpipe.records.rules import Rules


CHECKED: dict[Kind, tuple[Callable[[pl.Series], pl.Series], Reason]] = {
    Kind.INTEGER: (integers, Reason.INVALID_INTEGER),
    Kind.DECIMAL: (decimals, Reason.INVALID_DECIMAL),
    Kind.BOOLEAN: (booleans, Reason.INVALID_BOOLEAN),
    Kind.DATE: (dates, Reason.INVALID_DATE),
    Kind.TIMESTAMP: (timestamps, Reason.INVALID_TIMESTAMP),
}
WIDE_INTEGERS = frozenset({pl.UInt64, pl.Int128, pl.UInt128})
NUMERIC = frozenset({Kind.INTEGER, Kind.DECIMAL})


def encode(column: pl.Series, rule: ColumnRule, rules: Rules) -> Encoded:
    """Return a column's canonical JSON texts, null where nothing is sent, with a remark on each odd value.

    Null and blank values are null without a remark.
    """
    if rule.kind is Kind.TEXT_LIST:
        return _encode_lists(column, rule)
    encoded = _encode_values(column, rule, rules)
    if rule.field is None or rule.field.type not in TEXTS:
        return encoded
    return replace(encoded, values=as_text(encoded.values))


def _encode_values(column: pl.Series, rule: ColumnRule, rules: Rules) -> Encoded:
    raw = text_of(column)
    if _needs_no_check(column.dtype, rule):
        return Encoded(raw, raw)
    text = translated(trimmed(raw) if column.dtype == pl.String else raw, rule.values)
    endless = _not_finite(text, column.dtype, rule.kind)
    if not endless.any():
        return _encode_text(text, raw, rule, rules)
    encoded = _encode_text(keep(text, ~endless), raw, rule, rules)
    return Encoded(encoded.values, raw, (*encoded.remarks, Remark(Reason.NOT_FINITE, endless, invalid=False)))


def _needs_no_check(dtype: pl.DataType, rule: ColumnRule) -> bool:
    """Tell whether the text of every value of this type is its JSON already."""
    if rule.values or _is(rule, LOOKUP):
        return False
    if rule.kind is Kind.INTEGER:
        return dtype.is_integer() and dtype not in WIDE_INTEGERS
    return rule.kind is Kind.BOOLEAN and dtype == pl.Boolean


def _is(rule: ColumnRule, type_: str) -> bool:
    return rule.field is not None and rule.field.type == type_


def encode_identity(column: pl.Series, kind: Kind) -> Encoded:
    """Return the trimmed texts of external_id or the normalized addresses of email, without quotes."""
    raw = text_of(column)
    text = trimmed(raw)
    if column.dtype.is_float():
        text = keep(text, ~text.str.contains(NOT_FINITE))
    if kind is not Kind.EMAIL:
        return Encoded(text, raw)
    values = normalized_emails(text)
    return Encoded(values, raw, (*_invalid(text, values, Reason.INVALID_EMAIL), *_typos(values)))


def _encode_lists(column: pl.Series, rule: ColumnRule) -> Encoded:
    plain = column if column.dtype.is_nested() else trimmed(text_of(column))
    lists = text_lists(plain)
    if rule.field is not None and rule.field.type == MULTISELECT and rule.field.options:
        return _chosen(lists, lists, choose_several(lists, rule.field.options, rule.values), rule.field)
    values = spelled_lists(lists, rule.values)
    return Encoded(values, lists)


def _chosen(given: pl.Series, raw: pl.Series, choice: Choice, field: UserField) -> Encoded:
    unknown = given.is_not_null() & choice.values.is_null()
    remarks = (
        Remark(Reason.INVALID_OPTION, unknown, fits=named(field.options)),
        Remark(Reason.OPTION_LABEL, choice.by_label, invalid=False, fits=choice.values),
    )
    return Encoded(choice.values, raw, _holding(remarks))


def _not_finite(text: pl.Series, dtype: pl.DataType, kind: Kind) -> pl.Series:
    if dtype.is_float() or (dtype == pl.String and kind in NUMERIC):
        return text.str.contains(NOT_FINITE).fill_null(value=False)
    return pl.repeat(value=False, n=len(text), dtype=pl.Boolean, eager=True)


def _encode_text(text: pl.Series, raw: pl.Series, rule: ColumnRule, rules: Rules) -> Encoded:
    match rule.kind:
        case Kind.PHONE:
            return _encode_phones(text, raw, rules)
        case Kind.EMAIL:
            return _encode_emails(text, raw)
        case Kind.NAME | Kind.TEXT:
            return _encode_words(text, raw, rule)
        case Kind.STATE:
            values, reason = states(text, rule.values.values()), Reason.INVALID_STATE
        case Kind.INTEGER if _is(rule, LOOKUP):
            values, reason = lookups(text), Reason.INVALID_LOOKUP
        case kind:
            change, reason = CHECKED[kind]
            values = change(text)
    remarks = _invalid(text, values, reason)
    return Encoded(values, raw, (*remarks, *_prices(text, values)) if rule.kind in NUMERIC else remarks)


def _prices(text: pl.Series, values: pl.Series) -> tuple[Remark, ...]:
    priced = is_priced(text) & values.is_not_null()
    return (Remark(Reason.CURRENCY_DROPPED, priced, invalid=False),) if priced.any() else ()


def _encode_words(text: pl.Series, raw: pl.Series, rule: ColumnRule) -> Encoded:
    if rule.field is not None and rule.field.type == DROPDOWN and rule.field.options:
        return _chosen(text, raw, choose(text, rule.field.options), rule.field)
    seen, dropped = legible(text)
    words = folded(seen) if rule.kind is Kind.NAME else seen
    too_long = (words.str.len_chars() > (rule.max_length or math.inf)).fill_null(value=False)
    remarks = (
        Remark(Reason.TEXT_TOO_LONG, too_long, fits=f"at most {rule.max_length} characters"),
        Remark(Reason.CHARACTERS_DROPPED, dropped & ~too_long, invalid=False),
    )
    return Encoded(quoted(keep(words, ~too_long)), raw, _holding(remarks))


def _encode_emails(text: pl.Series, raw: pl.Series) -> Encoded:
    addresses = normalized_emails(text)
    return Encoded(
        quoted(addresses), raw, (*_invalid(text, addresses, Reason.INVALID_EMAIL), *_typos(addresses))
    )


def _typos(addresses: pl.Series) -> tuple[Remark, ...]:
    meant = meant_domains(addresses)
    found = meant.is_not_null()
    return (Remark(Reason.EMAIL_TYPO, found, invalid=False, fits=meant),) if found.any() else ()


def _encode_phones(text: pl.Series, raw: pl.Series, rules: Rules) -> Encoded:
    found = e164(text, rules)
    wrong = text.is_not_null() & found.numbers.is_null()
    remarks = (
        Remark(Reason.INVALID_PHONE, wrong & ~found.placeholders),
        Remark(Reason.PLACEHOLDER_PHONE, found.placeholders),
        Remark(Reason.EXTENSION_DROPPED, found.dropped, invalid=False),
    )
    return Encoded(quoted_plain(found.numbers), raw, _holding(remarks))


def _invalid(text: pl.Series, values: pl.Series, reason: Reason) -> tuple[Remark, ...]:
    if values.null_count() == text.null_count():
        return ()
    return (Remark(reason, text.is_not_null() & values.is_null()),)


def _holding(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    return tuple(remark for remark in remarks if remark.rows.any())
