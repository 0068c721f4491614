"""Prints of rows: 96 bits that tell two rows apart, made of all columns at once.

Polars' `hash_rows` with two seeds: ten columns of ten million rows take half a second each. They hold for
one version of Polars, which `sample_print` tells, and are no protection against somebody who makes up
rows to fit a print. Why DuckDB's own `hash` will not do stands in `changes/unchanged.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

Prints = tuple[pl.Series, pl.Series]

_SEEDS = (20_261, 77_003)
_SAMPLE = pl.DataFrame({"text": ["", "a long text of many words", None], "number": [0, -1, None]})


def prints_of(rows: pl.DataFrame) -> Prints:
    """Return an UInt64 and an UInt32 for each row; equal rows of equal types have equal ones."""
    told = rows.with_columns(_signs_of_zeros(rows))
    first, second = (told.hash_rows(seed=seed) for seed in _SEEDS)
    return first, (second // 2**32).cast(pl.UInt32)


def can_be_printed(types: Iterable[pl.DataType]) -> bool:
    """Tell whether prints of such columns depend on nothing but their values.

    Categories are hashed by their numbers, which differ from batch to batch.
    """
    return all(_is_plain(type_) for type_ in types)


def sample_print() -> list[int]:
    """Return prints that change where Polars computes them otherwise."""
    return [value for series in prints_of(_SAMPLE) for value in series]


def _signs_of_zeros(rows: pl.DataFrame) -> list[pl.Expr]:
    """Return what tells -0.0 from 0.0, which have one hash and, as text, are two values."""
    numbers = [pl.col(name) for name, type_ in rows.schema.items() if type_.is_float()]
    return [((number == 0) & (1 / number < 0)).name.suffix(" is -0") for number in numbers]


def _is_plain(type_: pl.DataType) -> bool:
    if isinstance(type_, pl.List):
        inner = pl.Series(dtype=type_.inner).dtype
        return _is_plain(inner) and not inner.is_float()
    return type_.is_numeric() or isinstance(
        type_, pl.String | pl.Boolean | pl.Date | pl.Datetime | pl.Time | pl.Binary
    )
