"""A customer's rows of a query's result, each column as it was and as it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from zdpipe.model.batch import Sending
from zdpipe.model.fields import Kind
from zdpipe.model.journey import Cell, Remark, Role, SourceRow, Why
from zdpipe.model.known import value_column
from zdpipe.model.policy import CLEARED
from zdpipe.model.reasons import Reason
from zdpipe.model.sources import SOURCE_PREFIX, VALUE_PREFIX
from zdpipe.pipeline.rereading import Found
from zdpipe.records.text import BLANKS
from zdpipe.records.treatment import treatments
from zdpipe.state.person_files import PersonFiles

_Row = Mapping[str, Any]


def kept_rows(files: PersonFiles) -> tuple[SourceRow, ...]:
    """Return the rows that a run kept, in the order of its result."""
    remarks = _by_row(files.remarks)
    sent = {row["row"]: row for row in files.sent.to_dicts() if row["sending"] != Sending.EMAIL}
    rows = files.sources.to_dicts()
    made = [_kept(row, rows, sent.get(row["row"]), remarks.get(row["row"], ()), files.kinds) for row in rows]
    made += [_rejected(row, files.kinds) for row in files.rejects.to_dicts()]
    return tuple(sorted(made, key=lambda row: row.row or 0))


def rows_of_now(found: Found) -> tuple[SourceRow, ...]:
    """Return rows that were read for this explanation; of several valid ones nobody says which would lead."""
    valid = {row["row"]: row for row in found.normalized.records.to_dicts()}
    rejected = {row["row"]: row for row in found.normalized.rejections.to_dicts()}
    remarks = _by_row(found.normalized.warnings)
    rank = Role.LEAD if len(valid) == 1 else Role.UNRANKED
    made = []
    for number, source in enumerate(found.source.to_dicts(), start=1):
        place = source["row"] if found.has_places else None
        if number in rejected:
            cells = _cells(source, {}, found.kinds, is_sent=False)
            row = SourceRow(place, Role.REJECTED, cells, (_remark(rejected[number]),))
        else:
            cells = _cells(source, _normalized(valid[number]), found.kinds)
            row = SourceRow(place, rank, cells, remarks.get(number, ()))
        made.append(replace(row, is_of_now=True))
    return tuple(made)


def _kept(
    row: _Row,
    rows: list[dict[str, Any]],
    sent: _Row | None,
    remarks: tuple[Remark, ...],
    kinds: dict[str, str],
) -> SourceRow:
    values = _values(row, sent, remarks)
    role = Role(row["role"])
    why = _why(row, rows) if role is Role.LEAD else None
    return SourceRow(row["row"], role, _cells(row, values, kinds), remarks, why)


def _rejected(row: _Row, kinds: dict[str, str]) -> SourceRow:
    return SourceRow(row["row"], Role.REJECTED, _cells(row, {}, kinds, is_sent=False), (_remark(row),))


def _cells(
    row: _Row, values: Mapping[str, str | None], kinds: Mapping[str, str], *, is_sent: bool = True
) -> tuple[Cell, ...]:
    """Return the row's columns in the order of the query; those of a forgotten person have nothing."""
    cells = []
    for name, source in row.items():
        if name.startswith(SOURCE_PREFIX):
            column = name.removeprefix(SOURCE_PREFIX)
            value = values.get(column)
            told = treatments(Kind(kinds[column]), source, value) if is_sent and column in kinds else ()
            cells.append(Cell(column, source, value, told))
    return tuple(cells)


def _values(row: _Row, sent: _Row | None, remarks: Iterable[Remark]) -> dict[str, str | None]:
    """Return the normalized values: kept ones, else those of the outbox, where emptied fields have none."""
    values: dict[str, str | None] = {}
    for name in row:
        if name.startswith(SOURCE_PREFIX):
            field = name.removeprefix(SOURCE_PREFIX)
            value = row.get(VALUE_PREFIX + field) or (sent or {}).get(value_column(field))
            values[field] = None if value == CLEARED else value
    lost = next((remark.value for remark in remarks if remark.reason == Reason.EMAIL_SHARED), None)
    email = row.get(VALUE_PREFIX + "email") or (sent or {}).get("email") or lost
    values["email"] = _as_json(email)
    external_id = row.get(SOURCE_PREFIX + "external_id")
    values["external_id"] = _as_json((external_id or "").strip(BLANKS) or None)
    return values


def _normalized(row: _Row) -> dict[str, str | None]:
    bare = {name: _as_json(row[name]) for name in ("external_id", "email")}
    return {name: value for name, value in row.items() if name not in {"row", "key", "unread"}} | bare


def _why(row: _Row, rows: list[dict[str, Any]]) -> Why:
    if row["lead_row"] is None:
        return Why.ONLY_ROW
    others = [other for other in rows if other["row"] != row["row"]]
    if not _is_bare(row) and all(_is_bare(other) for other in others):
        return Why.HAS_EXTERNAL_ID
    return Why.PRIMARY_EMAIL if row["by_primary"] else Why.SMALLEST


def _is_bare(row: _Row) -> bool:
    return not (row.get(f"{SOURCE_PREFIX}external_id") or "").strip(BLANKS)


def _by_row(remarks: pl.DataFrame) -> dict[int, tuple[Remark, ...]]:
    found: dict[int, tuple[Remark, ...]] = {}
    for row in remarks.to_dicts():
        found[row["row"]] = (*found.get(row["row"], ()), _remark(row))
    return found


def _remark(row: _Row) -> Remark:
    return Remark(row["reason"], row["column"], row["value"], row.get("fits"))


def _as_json(text: str | None) -> str | None:
    return None if text is None else json.dumps(text, ensure_ascii=False)
