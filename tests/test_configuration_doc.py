"""docs/configuration.md lists every key of zdpipe.toml, with its default; its example is a project."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from zdpipe.model.fields import Kind
from zdpipe.project.destination import Destination
from zdpipe.project.keys import TABLES, TABLES_BY_NAME, known_keys
from zdpipe.project.load import load_project
from zdpipe.project.tables import FieldRule, Table

DOCUMENT = (Path(__file__).parent.parent / "docs" / "configuration.md").read_text(encoding="utf-8")
SECTIONS = {
    **{f"[{name}]": table for name, table in TABLES.items()},
    **{f"[{name}.NAME]": table for name, table in TABLES_BY_NAME.items()},
}
ROW = re.compile(r"^\| `(\w+)` \| (.*) \| (.*) \|$", re.MULTILINE)


def section(header: str) -> str:
    return DOCUMENT.split(f"\n## {header}\n")[1].split("\n## ")[0]


def rows(header: str) -> dict[str, tuple[str, str]]:
    return {key: (fits, default) for key, fits, default in ROW.findall(section(header))}


def written(table: type[Table], key: str) -> str:
    """The default of a key as zdpipe.toml would have it; a dash where there is none."""
    info = next(info for name, info in table.model_fields.items() if (info.alias or name) == key)
    value = info.get_default(call_default_factory=True)
    match value:
        case None:
            return "–"
        case bool():
            return f"`{str(value).lower()}`"
        case str() | Path():
            return f'`"{value}"`'
        case Mapping():
            return "`{}`"
        case tuple():
            return "`[]`"
        case _:
            assert value is not PydanticUndefined
            return f"`{value!r}`"


def test_there_is_a_section_for_every_table_and_no_other() -> None:
    assert set(re.findall(r"^## (\[.+\])$", DOCUMENT, re.MULTILINE)) == set(SECTIONS)


@pytest.mark.parametrize("header", SECTIONS)
def test_every_key_is_listed_in_order_with_its_default(header: str) -> None:
    table = SECTIONS[header]
    listed = {key: default for key, (_, default) in rows(header).items()}
    assert listed == {key: written(table, key) for key in known_keys(table)}
    assert list(listed) == known_keys(table)


@pytest.mark.parametrize("header", SECTIONS)
def test_every_word_that_fits_is_named(header: str) -> None:
    properties = SECTIONS[header].model_json_schema()["properties"]
    for key, (fits, _) in rows(header).items():
        for word in re.findall(r"'(?:const|enum)': (\[.*?\]|'\w+')", str(properties[key])):
            for choice in re.findall(r"'(\w+)'", word):
                assert choice in fits, (key, choice)


def test_every_kind_is_named() -> None:
    assert set(re.findall(r"`(\w+)`", rows("[fields.NAME]")["as"][0])) == set(Kind)


def test_the_example_is_a_project(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    assert example
    (tmp_path / "zdpipe.toml").write_text(example[1], encoding="utf-8")
    project = load_project(tmp_path)
    assert isinstance(project.destinations["production"], Destination)
    assert isinstance(project.fields["user_fields.region"], FieldRule)
