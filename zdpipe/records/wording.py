"""Texts, names and options → what is sent of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from zdpipe.model.fields import Kind
from zdpipe.model.reasons import Reason
from zdpipe.records.account import DROPDOWN
from zdpipe.records.encoded import Encoded, Remark, holding
from zdpipe.records.options import Choice, choose, named
from zdpipe.records.text import folded, keep, legible, quoted

if TYPE_CHECKING:
    import polars as pl

    from zdpipe.model.schema import UserField
    from zdpipe.records.column import ColumnRule


def encode_words(text: pl.Series, raw: pl.Series, rule: ColumnRule) -> Encoded:
    """Return trimmed texts as text, name or option, with a remark on what was left out or does not fit."""
    if rule.field is not None and rule.field.type == DROPDOWN and rule.field.options:
        return chosen(text, raw, choose(text, rule.field.options), rule.field)
    seen, dropped = legible(text)
    words = folded(seen) if rule.kind is Kind.NAME else seen
    too_long = (words.str.len_chars() > (rule.max_length or math.inf)).fill_null(value=False)
    remarks = (
        Remark(Reason.TEXT_TOO_LONG, too_long, fits=f"at most {rule.max_length} characters"),
        Remark(Reason.CHARACTERS_DROPPED, dropped & ~too_long, invalid=False),
    )
    return Encoded(quoted(keep(words, ~too_long)), raw, holding(remarks))


def chosen(given: pl.Series, raw: pl.Series, choice: Choice, field: UserField) -> Encoded:
    """Return the options chosen in a field, with a remark where a value named none, or not as such."""
    unknown = given.is_not_null() & choice.values.is_null()
    remarks = (
        Remark(Reason.INVALID_OPTION, unknown, fits=named(field.options)),
        Remark(Reason.OPTION_LABEL, choice.by_label, invalid=False, fits=choice.values),
    )
    return Encoded(choice.values, raw, holding(remarks))
