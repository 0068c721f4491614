"""Lists of texts, such as tags and the options of a multiselect field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from zdpipe.records.text import BLANKS, keep, settle
from zdpipe.records.translate import translated

if TYPE_CHECKING:
    from collections.abc import Mapping


def text_lists(column: pl.Series) -> pl.Series:
    """Return lists as JSON arrays of trimmed texts without blank ones; null where no entry is left.

    A text column holds either JSON arrays or texts with commas between the entries.
    """
    if not isinstance(column.dtype, pl.List | pl.Array):
        return settle(column, _entries_of_text)
    lists = column.arr.to_list() if isinstance(column.dtype, pl.Array) else column
    text = pl.element().cast(pl.String).str.strip_chars(BLANKS)
    entries = lists.alias("v").to_frame().select(pl.col("v").list.eval(text.filter(text != "")))
    encoded = entries.select(pl.struct("v").struct.json_encode()).to_series()
    return keep(encoded.str.slice(len('{"v":')).str.head(-1), entries["v"].list.len() > 0)


def spelled_lists(lists: pl.Series, spellings: Mapping[str, str]) -> pl.Series:
    """Return JSON arrays of texts with the entries replaced that are in a table of spellings."""
    if not spellings:
        return lists

    def replaced(array: str) -> str:
        entries = translated(pl.Series(json.loads(array), dtype=pl.String), spellings)
        return json.dumps(entries.to_list(), ensure_ascii=False, separators=(",", ":"))

    return settle(lists, replaced)


def _entries_of_text(text: str) -> str | None:
    array = _json_array(text)
    entries = text.split(",") if array is None else array
    kept = [entry.strip(BLANKS) for entry in entries if entry.strip(BLANKS)]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else None


def _json_array(text: str) -> list[str] | None:
    if not text.startswith("["):
        return None
    try:
        parsed = json.loads(text)
    except ValueError:
        return None
    return parsed if all(isinstance(entry, str) for entry in parsed) else None
