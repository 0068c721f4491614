"""Remarks on the columns of a batch, as tables of rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from zdpipe.model.reasons import Reason
    from zdpipe.records.encoded import Encoded, Remark


@dataclass(frozen=True, slots=True)
class Note:
    """A reason that holds for some rows, the column it is about and that column's raw text."""

    reason: Reason
    column: str
    rows: pl.Series
    raw: pl.Series

    def only(self, rows: pl.Series) -> Note:
        """Return the same note about fewer rows."""
        return replace(self, rows=self.rows & rows)


def notes_of(column: str, encoded: Encoded) -> list[Note]:
    """Return the notes that normalizing a column left."""
    return [note_of(column, encoded, remark) for remark in encoded.remarks]


def note_of(column: str, encoded: Encoded | None, remark: Remark) -> Note:
    """Return a remark as a note; a column that the query does not have has no raw text."""
    if encoded is not None:
        return Note(remark.reason, column, remark.rows, encoded.raw)
    nothing = pl.repeat(None, len(remark.rows), dtype=pl.String, eager=True)
    return Note(remark.reason, column, remark.rows, nothing)


def noted(rows: pl.DataFrame, notes: list[Note]) -> pl.DataFrame:
    """Return the `rows` that notes are about, note by note, with reason, column and value."""
    empty = rows.clear().with_columns(reason=pl.lit(""), column=pl.lit(""), value=pl.lit(""))
    found = [
        rows.with_columns(
            reason=pl.lit(note.reason.value), column=pl.lit(note.column), value=note.raw
        ).filter(note.rows)
        for note in notes
        if note.rows.any()
    ]
    return pl.concat([empty, *found])
