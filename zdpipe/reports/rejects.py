"""Rejected rows as people and programs read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from zdpipe.reports.mask import mask_identifier, mask_value
from zdpipe.reports.words import count, printable

if TYPE_CHECKING:
    import polars as pl

_SOURCE = "source."
_PLAIN = frozenset({"row", "reason", "column", "fits"})
_KEYS = frozenset({"key", "identity"})


def shown_rejects(rows: pl.DataFrame, *, show_pii: bool) -> list[dict[str, object]]:
    """Return the rows as dictionaries, masked unless asked but for row, reason, column and fits."""
    records = rows.to_dicts()
    return records if show_pii else [_masked(record) for record in records]


def mask_rejects(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with everything masked that says something of a person; the columns stay."""
    import polars as pl  # noqa: PLC0415 - loading Polars takes longer than most commands here do

    schema = {name: kind if name in _PLAIN else pl.String for name, kind in rows.schema.items()}
    return pl.DataFrame([_masked(record) for record in rows.to_dicts()], schema=schema)


def rejects_text(records: Sequence[dict[str, object]], total: int) -> RenderableType:
    """Return a line for each row: place, key, why it was rejected, the value at fault, and what would fit."""
    if not records:
        return Text("No row was rejected.")
    lines = [_line(record) for record in records]
    if total > len(records):
        lines.append(Text(f"… and {count(total - len(records))} more", "dim"))
    return Group(*lines)


def _masked(record: dict[str, object]) -> dict[str, object]:
    return {name: _masked_cell(record, name, value) for name, value in record.items()}


def _masked_cell(record: dict[str, object], name: str, value: object) -> object:
    if name in _PLAIN or value is None:
        return value
    if name in _KEYS:
        return mask_identifier(str(value))
    field = str(record.get("column")) if name == "value" else name.removeprefix(_SOURCE)
    return mask_value(field, str(value))


def _line(record: dict[str, object]) -> Text:
    place = f"row {record.get('row')}"
    key = printable(str(record.get("key") or "(no key)"))
    words = Text.assemble((f"{place:<10}", "dim"), f"{key}  ", (str(record.get("reason")), "yellow"))
    if record.get("column"):
        words.append(f"  {record['column']}")
    if str(record.get("value") or "").strip():
        words.append(printable(f" = {record['value']}"))
    if record.get("fits"):
        words.append(printable(f"  needs {record['fits']}"), "dim")
    return words
