"""The options of a dropdown or multiselect field: what is given → the value that Zendesk takes."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from zdpipe.records.text import keep, quoted, settle
from zdpipe.records.translate import comparable, translated

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """JSON of options' values, null where one is unknown, and where a label or other case named one."""

    values: pl.Series
    by_label: pl.Series


def choose(text: pl.Series, options: Mapping[str, str]) -> Choice:
    """Return the options that trimmed texts name, by their value or by their label."""
    values = _values(text, options)
    return Choice(quoted(values), (values != text).fill_null(value=False))


def choose_several(lists: pl.Series, options: Mapping[str, str], spellings: Mapping[str, str]) -> Choice:
    """Return the options that JSON arrays name, each once; one unknown option makes a list unknown."""
    entries = [entry for text in lists.drop_nulls().unique() for entry in json.loads(text)]
    distinct = pl.Series(sorted(set(entries)), dtype=pl.String)
    given = translated(distinct, spellings)
    known = dict(zip(distinct, zip(given, _values(given, options), strict=True), strict=True))

    def chosen(text: str) -> str | None:
        values = [known[entry][1] for entry in json.loads(text)]
        return None if None in values else _array(values)

    def labelled(text: str) -> str | None:
        return (
            "yes"
            if any(given != value for given, value in map(known.__getitem__, json.loads(text)))
            else None
        )

    values = settle(lists, chosen)
    return Choice(values, keep(settle(lists, labelled), values.is_not_null()).is_not_null())


def named(options: Mapping[str, str]) -> str:
    """Return the options in words, the first of them if there are many."""
    shown = ", ".join(list(options)[:MOST_NAMED])
    more = len(options) - MOST_NAMED
    return f"an option of the field: {shown}" + (f" and {more} more" if more > 0 else "")


def _values(text: pl.Series, options: Mapping[str, str]) -> pl.Series:
    exact = text.replace_strict({value: value for value in options}, default=None, return_dtype=pl.String)
    near = comparable(text).replace_strict(_by_spelling(options), default=None, return_dtype=pl.String)
    return pl.select(pl.coalesce(exact, near)).to_series()


def _by_spelling(options: Mapping[str, str]) -> dict[str, str]:
    """Return values by label, and by value in another case, where these tell one option from all others."""
    pairs = {(_compared(word), value) for value, label in options.items() for word in (value, label)}
    times = Counter(word for word, _ in pairs)
    return {word: value for word, value in pairs if times[word] == 1}


def _compared(word: str) -> str:
    (text,) = comparable(pl.Series([word.strip()], dtype=pl.String))
    return str(text)


def _array(values: list[str | None]) -> str:
    return json.dumps(list(dict.fromkeys(values)), ensure_ascii=False, separators=(",", ":"))
