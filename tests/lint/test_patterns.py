from __future__ import annotations

import pytest

from zdpipe.lint.patterns import matches


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("queries/old.sql", "queries/old.sql", True),
        ("queries/old.sql", "queries/older.sql", False),
        ("queries/*.sql", "queries/a.sql", True),
        ("queries/*", "queries/a/b.sql", True),
        ("queries/old/", "queries/old/a/b.sql", True),
        ("queries/old/", "queries/old.sql", False),
        ("old.sql", "queries/old.sql", True),
        ("*_old.sql", "queries/a/b_old.sql", True),
        ("**/old.sql", "old.sql", True),
        ("**/old/*.sql", "queries/old/a.sql", True),
        ("queries/**/a.sql", "queries/a.sql", True),
        ("Queries/*", "queries/a.sql", False),
        ("", "queries/a.sql", False),
    ],
)
def test_a_pattern_names_files(pattern: str, path: str, fits: bool) -> None:
    assert matches(pattern, path) is fits
