"""Spellings that the project names, each with the value it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from zdpipe.records.text import folded

if TYPE_CHECKING:
    from collections.abc import Iterable


def spellings(values: Mapping[str, str]) -> dict[str, str]:
    """Return a table of spellings in the form in which texts are compared with them."""
    return dict(zip(_compared(values), values.values(), strict=True))


def translated(text: pl.Series, table: Mapping[str, str]) -> pl.Series:
    """Return trimmed texts with those replaced that are in a table of spellings, whatever case and blanks."""
    if not table:
        return text
    found = comparable(text).replace_strict(table, default=None, return_dtype=pl.String)
    return pl.select(pl.coalesce(found, text)).to_series().alias(text.name)


def _compared(words: Iterable[str]) -> list[str]:
    return comparable(pl.Series(list(words), dtype=pl.String).str.strip_chars()).to_list()


def comparable(text: pl.Series) -> pl.Series:
    """Return trimmed texts in the form in which spellings are compared: lower case, inner blanks as one."""
    return folded(text).str.to_lowercase()
