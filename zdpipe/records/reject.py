"""Which rows of a batch cannot be sent, why, and their source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from zdpipe.model.fields import NEVER_SENT
from zdpipe.model.reasons import Reason
from zdpipe.model.sources import SOURCE_PREFIX
from zdpipe.records.encoded import Remark
from zdpipe.records.notes import Note, note_of, noted
from zdpipe.records.rules import REJECT
from zdpipe.records.text import text_of, trimmed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zdpipe.model.staff import Staff
    from zdpipe.records.encoded import Encoded
    from zdpipe.records.rules import Rules

PLACE = "place"
KEYS = (NEVER_SENT, "external_id", "email")


def refusals(columns: Mapping[str, Encoded], records: pl.DataFrame, rules: Rules) -> list[Note]:
    """Return why rows cannot be sent, the reasons that count first in front."""
    return [
        *_missing_name(columns, records.height),
        *_missing_identity(columns, records["key"].is_null()),
        *_staff(columns, records, rules.staff),
        *_refused_values(columns, rules),
    ]


def _missing_name(columns: Mapping[str, Encoded], height: int) -> list[Note]:
    encoded = columns.get("name")
    everybody = pl.repeat(value=True, n=height, dtype=pl.Boolean, eager=True)
    missing = everybody if encoded is None else encoded.values.is_null()
    remarks = encoded.remarks if encoded else ()
    invalid = [note_of("name", encoded, remark) for remark in remarks if remark.invalid]
    return [*invalid, note_of("name", encoded, Remark(Reason.NAME_MISSING, missing))]


def _missing_identity(columns: Mapping[str, Encoded], keyless: pl.Series) -> list[Note]:
    email = columns.get("email")
    invalid = [note_of("email", email, remark).only(keyless) for remark in (email.remarks if email else ())]
    column = "email" if email and "external_id" not in columns else "external_id"
    return [*invalid, note_of(column, columns.get(column), Remark(Reason.IDENTITY_MISSING, keyless))]


def _staff(columns: Mapping[str, Encoded], records: pl.DataFrame, staff: Staff) -> list[Note]:
    # Zendesk compares both without regard to case (Users API, Create Or Update User).
    ids = pl.Series(list(staff.external_ids), dtype=pl.String).str.to_lowercase()
    emails = pl.Series(list(staff.emails), dtype=pl.String)
    return [
        note_of(
            name,
            columns.get(name),
            Remark(Reason.STAFF_ACCOUNT, values.is_in(known.implode()).fill_null(value=False)),
        )
        for name, values, known in (
            ("external_id", records["external_id"].str.to_lowercase(), ids),
            ("email", records["email"], emails),
        )
        if name in columns
    ]


def _refused_values(columns: Mapping[str, Encoded], rules: Rules) -> list[Note]:
    return [
        note_of(rule.column, columns[rule.column], remark)
        for rule in rules.columns
        if rule.on_invalid == REJECT
        for remark in columns[rule.column].remarks
        if remark.invalid
    ]


def rejections(frame: pl.DataFrame, records: pl.DataFrame, notes: list[Note]) -> pl.DataFrame:
    """Return one row for every refused row, by its first reason, with its source row as text."""
    rows = records.select("row", identity="key").with_row_index(PLACE)
    refused = noted(rows, notes).unique(PLACE, keep="first").sort(PLACE)
    source = frame.select(pl.all().gather(refused[PLACE]))
    texts = [text_of(column).alias(SOURCE_PREFIX + column.name) for column in source]
    named = refused.with_columns(key=_key(source))
    return named.select("row", "key", "identity", "reason", "column", "value", "fits").hstack(texts)


def _key(source: pl.DataFrame) -> pl.Series:
    given = [trimmed(text_of(source[name])) for name in KEYS if name in source.columns]
    nothing = pl.repeat(None, source.height, dtype=pl.String, eager=True)
    return pl.select(pl.coalesce(*given, nothing)).to_series()
