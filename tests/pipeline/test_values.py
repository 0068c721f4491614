"""Values of DuckDB's own types, and of texts, on their way into a payload."""

from __future__ import annotations

import json

import pytest

from tests.pipeline.world import QUERY, World
from zdpipe.pipeline.preview import preview_query


def sent(world: World, expression: str, settings: str = "") -> object:
    """Return what is sent of a SQL expression as the custom field x."""
    world.customers([("1", "Ann", "ann@example.com", "Oslo")])
    world.write(
        QUERY, f'SELECT id AS external_id, name AS name, {expression} AS "user_fields.x" FROM Customer_360'
    )
    text = (world.folder / "zdpipe.toml").read_text(encoding="utf-8")
    world.write("zdpipe.toml", f'{text}\n[fields."user_fields.x"]\n{settings}\n')
    (payload,) = preview_query(world.bench, QUERY, limit=1)
    return json.loads(payload).get("user_fields", {}).get("x")


@pytest.mark.parametrize(
    ("expression", "settings", "value"),
    [
        ("TIMESTAMPTZ '2026-01-31 23:30:00.5-05'", "", "2026-02-01T04:30:00Z"),
        ("TIMESTAMP '2026-01-31 23:30:00'", "", "2026-01-31T23:30:00Z"),
        ("TIMESTAMPTZ '2026-01-31 23:30:00-05'", 'as = "date"', "2026-02-01"),
        ("'2026-01-31 23:30:00-05'", 'as = "timestamp"', "2026-02-01T04:30:00Z"),
        ("DATE '2026-01-31'", "", "2026-01-31"),
        ("20260131", 'as = "date"', "2026-01-31"),
        ("CAST(1.005 AS DOUBLE)", "", 1.01),
        ("sum(id::BIGINT) OVER ()", "", 1),
        ("'$1,234.50'", 'as = "decimal"', 1234.5),
        ("'on'", 'as = "boolean"', True),
        ("'ja'", 'as = "boolean"\nvalues = { "ja" = "true", "nein" = "false" }', True),
        ("'bayern'", 'as = "state"\nvalues = { "Bayern" = "BY" }', "BY"),
        ("'abcde'", "max_length = 4", None),
        ("'abcd'", "max_length = 4", "abcd"),
        ("'555-555-5555'", 'as = "phone"', None),
        ("'(212) 555-0123 ext. 4'", 'as = "phone"', "+12125550123"),
    ],
)
def test_a_value_arrives_in_the_form_of_its_kind(
    world: World, expression: str, settings: str, value: object
) -> None:
    assert sent(world, expression, settings) == value
