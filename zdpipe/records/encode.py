"""One column under its rule → what is sent of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from zdpipe.model.fields import TAGS, Kind
from zdpipe.model.reasons import Reason
from zdpipe.records.account import LOOKUP, MULTISELECT, TEXTS
from zdpipe.records.contacts import encode_emails, encode_phones, typos
from zdpipe.records.dates import dates, timestamps
from zdpipe.records.emails import normalized_emails
from zdpipe.records.encoded import Encoded, Remark, unreadable
from zdpipe.records.lists import spelled_lists, text_lists
from zdpipe.records.numbers import NOT_FINITE, decimals, integers, lookups
from zdpipe.records.options import choose_several
from zdpipe.records.spelled import is_priced
from zdpipe.records.tags import encode_tags
from zdpipe.records.text import as_text, keep, text_of, trimmed
from zdpipe.records.translate import translated
from zdpipe.records.wording import chosen, encode_words
from zdpipe.records.words import booleans, states

if TYPE_CHECKING:
    from collections.abc import Callable

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
    return Encoded(values, raw, (*unreadable(text, values, Reason.INVALID_EMAIL), *typos(values)))


def _encode_lists(column: pl.Series, rule: ColumnRule) -> Encoded:
    plain = column if column.dtype.is_nested() else trimmed(text_of(column))
    lists = text_lists(plain)
    if rule.field is not None and rule.field.type == MULTISELECT and rule.field.options:
        return chosen(lists, lists, choose_several(lists, rule.field.options, rule.values), rule.field)
    values = spelled_lists(lists, rule.values)
    if rule.column == TAGS:
        return encode_tags(values)
    return Encoded(values, lists)


def _not_finite(text: pl.Series, dtype: pl.DataType, kind: Kind) -> pl.Series:
    if dtype.is_float() or (dtype == pl.String and kind in NUMERIC):
        return text.str.contains(NOT_FINITE).fill_null(value=False)
    return pl.repeat(value=False, n=len(text), dtype=pl.Boolean, eager=True)


def _encode_text(text: pl.Series, raw: pl.Series, rule: ColumnRule, rules: Rules) -> Encoded:
    match rule.kind:
        case Kind.PHONE:
            return encode_phones(text, raw, rules)
        case Kind.EMAIL:
            return encode_emails(text, raw)
        case Kind.NAME | Kind.TEXT:
            return encode_words(text, raw, rule)
        case Kind.STATE:
            values, reason = states(text, rule.values.values()), Reason.INVALID_STATE
        case Kind.INTEGER if _is(rule, LOOKUP):
            values, reason = lookups(text), Reason.INVALID_LOOKUP
        case kind:
            change, reason = CHECKED[kind]
            values = change(text)
    remarks = unreadable(text, values, reason)
    return Encoded(values, raw, (*remarks, *_prices(text, values)) if rule.kind in NUMERIC else remarks)


def _prices(text: pl.Series, values: pl.Series) -> tuple[Remark, ...]:
    priced = is_priced(text) & values.is_not_null()
    return (Remark(Reason.CURRENCY_DROPPED, priced, invalid=False),) if priced.any() else ()
