"""A batch of a query's rows → records, rejections and warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from zdpipe.records.encode import encode, encode_identity
from zdpipe.records.notes import Note, noted, notes_of
from zdpipe.records.reject import refusals, rejections

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zdpipe.records.column import ColumnRule
    from zdpipe.records.encoded import Encoded
    from zdpipe.records.rules import Rules

BARE = ("external_id", "email")


@dataclass(frozen=True, slots=True)
class Normalized:
    """What became of a batch: every row is either in `records` or in `rejections`.

    `records`: row (Int64, from 1, the position in the result), key (the identity key), external_id (trimmed,
    case kept), email (normalized), unread (the columns whose value nobody could read, each
    between commas; null where all could be), then every other sent column as the JSON text of its value,
    null where nothing is sent.
    `rejections`: row, key (the first given of amperity_id, external_id and email, trimmed), identity (the
    identity key, null when there is none), reason, column, value, fits (what would fit in its place, null
    where nothing can be said), then all columns of the source row as text, their names after `source.`.
    `warnings`: row, key (the identity key), reason, column, value, fits; about rows of `records` only.
    """

    records: pl.DataFrame
    rejections: pl.DataFrame
    warnings: pl.DataFrame


def normalize(frame: pl.DataFrame, rows: int | pl.Series, rules: Rules) -> Normalized:
    """Normalize and validate a batch; `rows` are the numbers of its rows in the result, or the first one's.

    They are counted from 1.
    """
    columns = {rule.column: _encode(frame[rule.column], rule, rules) for rule in rules.columns}
    records = _records(columns, rows, frame.height)
    refused = refusals(columns, records, rules)
    kept = ~_any_of(refused, frame.height)
    return Normalized(
        records.filter(kept), rejections(frame, records, refused), _warnings(columns, records, kept)
    )


def remarks_on(frame: pl.DataFrame, rows: pl.Series, columns: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return the `warnings` of rows that are known to be valid; nothing else of them is normalized.

    `columns` has a bit for each of the rules' columns: whether there is something to remark.
    """
    records = pl.DataFrame({"row": rows, "key": identity_keys(frame, rules)})
    found = [noted(records.clear(), [])]
    for place, rule in enumerate(rules.columns):
        remarked = columns & (1 << place) > 0
        if remarked.any():
            encoded = _encode(frame[rule.column].filter(remarked), rule, rules)
            found.append(noted(records.filter(remarked), notes_of(rule.column, encoded)))
    return pl.concat(found).sort("row", maintain_order=True)


def row_numbers(rows: int | pl.Series, height: int) -> pl.Series:
    """Return the number of every row of a batch, given them or the first one's."""
    if isinstance(rows, int):
        return pl.int_range(rows, rows + height, dtype=pl.Int64, eager=True)
    return rows


def identity_keys(frame: pl.DataFrame, rules: Rules) -> pl.Series:
    """Return the identity key of every row, null where there is none."""
    columns = {
        rule.column: encode_identity(frame[rule.column], rule.kind)
        for rule in rules.columns
        if rule.column in BARE
    }
    return _records(columns, 1, frame.height)["key"]


def _encode(column: pl.Series, rule: ColumnRule, rules: Rules) -> Encoded:
    return encode_identity(column, rule.kind) if rule.column in BARE else encode(column, rule, rules)


def _records(columns: Mapping[str, Encoded], rows: int | pl.Series, height: int) -> pl.DataFrame:
    nothing = pl.repeat(None, height, dtype=pl.String, eager=True)
    external_id, email = (columns[name].values if name in columns else nothing for name in BARE)
    return pl.DataFrame(
        {
            "row": row_numbers(rows, height),
            "key": pl.select(pl.coalesce(external_id.str.to_lowercase(), email)).to_series(),
            "external_id": external_id,
            "email": email,
            "unread": _unread(columns, height),
            **{name: encoded.values for name, encoded in columns.items() if name not in BARE},
        }
    )


def _unread(columns: Mapping[str, Encoded], height: int) -> pl.Series:
    """Name the columns of each row that are null because their value could not be read."""
    named = [
        pl.when(remark.rows & encoded.values.is_null()).then(pl.lit(f",{name},"))
        for name, encoded in columns.items()
        for remark in encoded.remarks
    ]
    if not named:
        return pl.repeat(None, height, dtype=pl.String, eager=True)
    return pl.select(pl.concat_str(named, ignore_nulls=True).replace("", None)).to_series()


def _any_of(notes: list[Note], height: int) -> pl.Series:
    found = pl.repeat(value=False, n=height, dtype=pl.Boolean, eager=True)
    for note in notes:
        found |= note.rows
    return found


def _warnings(columns: Mapping[str, Encoded], records: pl.DataFrame, kept: pl.Series) -> pl.DataFrame:
    notes = [note.only(kept) for name, encoded in columns.items() for note in notes_of(name, encoded)]
    return noted(records.select("row", "key"), notes).sort("row", maintain_order=True)
