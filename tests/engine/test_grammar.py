from __future__ import annotations

import pytest

from zdpipe.engine.grammar import reads


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1", True),
        ("SELECT nobody FROM nowhere ORDER BY nobody <<| 1;", True),
        ("-- a comment\nFROM t", True),
        ("", False),
        ("SELECT FROM WHERE", False),
        ("SELECT 1; SELECT 2", False),
        ("INSERT INTO t VALUES (1)", False),
        ("SELECT 'never ends", False),
        ("\x00\x01", False),
        ("SELECT ] " + "(" * 100_000, False),
        ("SELECT 1" + ", 1" * 100_000, False),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_select_by_the_grammar_of_duckdb(text: str, expected: bool) -> None:
    assert reads(text) is expected
