"""Rows that are sent otherwise than they are written in the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from zdpipe.records.normalize import row_numbers
from zdpipe.records.text import keep, quoted, quoted_plain

if TYPE_CHECKING:
    from zdpipe.records.rules import Rules


def respelled(frame: pl.DataFrame, rows: int | pl.Series, records: pl.DataFrame, rules: Rules) -> pl.Series:
    """Return the rows of which a text was changed by normalization: blanks, case, a phone's spelling, ….

    `frame` is a batch and `rows` its rows, as for `normalize`; `records` is what became of it. Columns of
    other types have no spelling, and values that are not sent do not count.
    """
    place = row_numbers(rows, frame.height).is_in(records["row"].implode()).arg_true()
    changed = pl.repeat(value=False, n=records.height, dtype=pl.Boolean, eager=True)
    for rule in rules.columns:
        if frame.schema[rule.column] == pl.String:
            changed |= _differs(frame[rule.column].gather(place), records[rule.column])
    return records["row"].filter(changed)


def _differs(raw: pl.Series, sent: pl.Series) -> pl.Series:
    """Compare source texts with bare texts or JSON; only those with an odd character are encoded to see."""
    other = ((raw != sent) & (quoted_plain(raw) != sent)).fill_null(value=False)
    odd = keep(raw, other).str.contains(r'[\\"\x00-\x1f\x7f-\x9f\u2028\u2029]').fill_null(value=False)
    doubtful = odd.arg_true()
    if doubtful.is_empty():
        return other
    return other.scatter(doubtful, quoted(raw.gather(doubtful)) != sent.gather(doubtful))
