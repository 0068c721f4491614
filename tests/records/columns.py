"""Small columns and frames that the tests of records share."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from zdpipe.model.fields import Kind
from zdpipe.records.column import ColumnRule
from zdpipe.records.encode import encode
from zdpipe.records.normalize import Normalized, normalize
from zdpipe.records.rules import Rules, rules_for


def texts(*values: str | None) -> pl.Series:
    return pl.Series("c", values, dtype=pl.String)


def encoded(kind: Kind, column: pl.Series, **options: Any) -> list[Any]:
    """Return the values of a column under a kind, read back from their JSON."""
    rule = ColumnRule("user_fields.c", kind)
    values = encode(column, rule, Rules((rule,), **options)).values.to_list()
    return [None if value is None else json.loads(value) for value in values]


def reasons(kind: Kind, column: pl.Series, **options: Any) -> dict[str, list[int]]:
    """Return the places that each remark on a column is about."""
    rule = ColumnRule("user_fields.c", kind)
    remarks = encode(column, rule, Rules((rule,), **options)).remarks
    return {remark.reason.value: remark.rows.arg_true().to_list() for remark in remarks}


def normalized(
    frame: pl.DataFrame, overrides: dict[str, tuple[Kind | None, str | None]] | None = None
) -> Normalized:
    return normalize(frame, 1, rules_for(frame.schema, overrides))
