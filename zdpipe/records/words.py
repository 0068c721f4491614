"""Values that are one of few words: true and false, states and provinces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from zdpipe.records.states import CODES
from zdpipe.records.text import quoted_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

TRUTH = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), "true"),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), "false"),
}


def booleans(text: pl.Series) -> pl.Series:
    """Return true and false as JSON, of the words people write for them in any case."""
    return _by_distinct(text, lambda words: _looked_up(words.str.to_lowercase(), TRUTH))


def states(text: pl.Series, others: Collection[str] = ()) -> pl.Series:
    """Return the two capitals of a US state or Canadian province, by its code or name, as JSON.

    `others` are further codes, in capitals, that the project's own spellings lead to.
    """
    codes = {**CODES, **{code: code for code in others}}
    return _by_distinct(text, lambda words: quoted_plain(_looked_up(_plain_words(words), codes)))


def _plain_words(text: pl.Series) -> pl.Series:
    return text.str.replace_all(".", "", literal=True).str.replace_all(r"\s+", " ").str.to_uppercase()


def _looked_up(text: pl.Series, table: dict[str, str]) -> pl.Series:
    return text.replace_strict(table, default=None, return_dtype=pl.String)


def _by_distinct(text: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    distinct = text.drop_nulls().unique()
    return text.replace_strict(distinct, change(distinct), default=None, return_dtype=pl.String)
