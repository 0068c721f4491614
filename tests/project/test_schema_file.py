import json

import pytest

from zdpipe.errors import ProjectError
from zdpipe.model.schema import SourceSchema
from zdpipe.project.schema_file import read_schema, schema_path, write_schema

SCHEMA = SourceSchema({"b": {"z": "VARCHAR", "a": "DECIMAL(10,2)"}, "Käufer": {}, "A": {"x": "UUID"}})


def test_what_was_written_is_read_back_in_a_reviewable_text(tmp_path, snapshot):
    assert read_schema(tmp_path) is None
    assert write_schema(tmp_path, SCHEMA) is True
    assert read_schema(tmp_path).tables == SCHEMA.tables
    assert schema_path(tmp_path).read_text(encoding="utf-8") == snapshot
    assert [path.name for path in tmp_path.iterdir()] == ["schema.json"]


def test_it_is_rewritten_only_when_the_source_differs(tmp_path):
    write_schema(tmp_path, SCHEMA)
    before = schema_path(tmp_path).stat()
    again = SourceSchema(dict(reversed(SCHEMA.tables.items())))
    assert write_schema(tmp_path, again) is False
    assert schema_path(tmp_path).stat() == before
    assert write_schema(tmp_path, SourceSchema({"b": {"a": "DECIMAL(10,2)", "z": "VARCHAR"}})) is True


def test_other_parts_of_the_file_are_kept(tmp_path):
    schema_path(tmp_path).write_text('{"format": 1, "accounts": {"acme": ["city"]}}', encoding="utf-8")
    assert read_schema(tmp_path) is None
    write_schema(tmp_path, SCHEMA)
    assert json.loads(schema_path(tmp_path).read_text(encoding="utf-8"))["accounts"] == {"acme": ["city"]}


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"format": 2}',
        '{"source": {"tables": {}}}',
        '{"format": 1, "source": {"tables": []}}',
        '{"format": 1, "source": {"tables": {"a": ["b"]}}}',
        '{"format": 1, "source": {}}',
        '{"format": 1, "source": 3}',
    ],
)
def test_a_damaged_file_is_an_error_that_tells_how_to_renew_it(tmp_path, text):
    schema_path(tmp_path).write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        read_schema(tmp_path)
    assert "zdpipe schema" in caught.value.hint
