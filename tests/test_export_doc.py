"""docs/export.md lists exactly the columns that an export has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zdpipe.model.warehouse import TABLES

DOC = (Path(__file__).parent.parent / "docs" / "export.md").read_text(encoding="utf-8")


def documented(table: str) -> list[tuple[str, str, bool]]:
    part = DOC.split(f"### `{table}`\n")[1].split("\n### ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([A-Z ]+) \| (.+) \|$", part, re.MULTILINE)
    return [(name, kind, meaning.startswith("● ")) for name, kind, meaning in rows]


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_documented_with_its_type_and_whether_it_is_personal(table: str) -> None:
    assert documented(table) == [(column.name, column.kind, column.personal) for column in TABLES[table]]


def test_no_other_table_is_documented() -> None:
    assert re.findall(r"^### `(\w+)`$", DOC, re.MULTILINE) == list(TABLES)
