"""A column after normalization: what is sent, and what was noticed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from zdpipe.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class Remark:
    """A reason and the rows it holds for, as a Boolean column.

    `invalid` tells a value that nobody can read from one that was only changed or counts as missing.
    `fits` says what would fit, one text for all rows or one a row; without it the reason's own words hold.
    """

    reason: Reason
    rows: pl.Series
    invalid: bool = True
    fits: str | pl.Series | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """One column as it is sent, null where nothing is sent, with the remarks on its rows.

    `values` are JSON texts; those of an email column are the bare addresses. `raw` is the column as text.
    """

    values: pl.Series
    raw: pl.Series
    remarks: tuple[Remark, ...] = ()


def unreadable(text: pl.Series, values: pl.Series, reason: Reason) -> tuple[Remark, ...]:
    """Return a remark on the texts that became no value, or none if all did."""
    if values.null_count() == text.null_count():
        return ()
    return (Remark(reason, text.is_not_null() & values.is_null()),)


def holding(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """Return those remarks that hold for any row."""
    return tuple(remark for remark in remarks if remark.rows.any())
