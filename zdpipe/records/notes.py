"""Remarks on the columns of a batch, as tables of rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from zdpipe.model.reasons import FITS

if TYPE_CHECKING:
    from zdpipe.model.reasons import Reason
    from zdpipe.records.encoded import Encoded, Remark


@dataclass(frozen=True, slots=True)
class Note:
    """A reason that holds for some rows, the column it is about, its raw text, and what would fit."""

    reason: Reason
    column: str
    rows: pl.Series
    raw: pl.Series
    fits: str | pl.Series | None = None

    def only(self, rows: pl.Series) -> Note:
        """Return the same note about fewer rows."""
        return replace(self, rows=self.rows & rows)


def notes_of(column: str, encoded: Encoded) -> list[Note]:
    """Return the notes that normalizing a column left."""
    return [note_of(column, encoded, remark) for remark in encoded.remarks]


def note_of(column: str, encoded: Encoded | None, remark: Remark) -> Note:
    """Return a remark as a note; a column that the query does not have has no raw text."""
    fits = FITS.get(remark.reason) if remark.fits is None else remark.fits
    if encoded is not None:
        return Note(remark.reason, column, remark.rows, encoded.raw, fits)
    nothing = pl.repeat(None, len(remark.rows), dtype=pl.String, eager=True)
    return Note(remark.reason, column, remark.rows, nothing, fits)


def noted(rows: pl.DataFrame, notes: list[Note]) -> pl.DataFrame:
    """Return the `rows` that notes are about, note by note, with reason, column, value and fits."""
    nothing = pl.lit("")
    empty = rows.clear().with_columns(reason=nothing, column=nothing, value=nothing, fits=nothing)
    found = [
        rows.with_columns(
            reason=pl.lit(note.reason.value),
            column=pl.lit(note.column),
            value=note.raw,
            fits=note.fits if isinstance(note.fits, pl.Series) else pl.lit(note.fits, pl.String),
        ).filter(note.rows)
        for note in notes
        if note.rows.any()
    ]
    return pl.concat([empty, *found])
