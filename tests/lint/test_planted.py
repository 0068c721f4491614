"""Each planted mistake gets its code at its place, and nothing else is found."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.lint.build import ACCOUNTS, SCHEMA, a_query
from tests.lint.planting import DIALECTS, MISTAKES, SHAPES, TABLE_MISTAKES, TABLES, Mistake, planted
from zdpipe.lint import LintContext, lint
from zdpipe.model.finding import Span
from zdpipe.model.query import Role

LINE_ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}
EVERY = [
    (place, mistake, shape)
    for place, (mistake, shape) in enumerate(
        (mistake, shape) for mistake in (*MISTAKES, *TABLE_MISTAKES) for shape in sorted(mistake.shapes)
    )
]
CLEAN = [(shape, dialect) for shape in (*SHAPES, *TABLES) for dialect in DIALECTS]


def found(text: str, shape: str, dialect: str, codes: str = "") -> list[tuple[str, Span]]:
    role = Role.ATTRIBUTE_TABLE if shape in TABLES else Role.QUERY
    accounts = ACCOUNTS if codes.startswith("ZD7") else {}
    context = LintContext(schema=SCHEMA, accounts=accounts)
    return [(finding.code, finding.span) for finding in lint([a_query(text, role, dialect=dialect)], context)]


@pytest.mark.parametrize("line_end", LINE_ENDS.values(), ids=LINE_ENDS)
@pytest.mark.parametrize(("shape", "dialect"), CLEAN)
def test_without_a_mistake_nothing_is_found(shape: str, dialect: str, line_end: str) -> None:
    assert found(planted(shape, {}, DIALECTS[dialect], line_end).text, shape, dialect) == []


@pytest.mark.parametrize(
    ("place", "mistake", "shape"), EVERY, ids=[f"{at}-{m.codes}-{shape}" for at, m, shape in EVERY]
)
def test_a_planted_mistake_is_found_at_its_place(place: int, mistake: Mistake, shape: str) -> None:
    """Dialects and line ends take turns, so that each mistake meets all of them in some shape."""
    dialects = sorted(mistake.dialects)
    for turn in (place, place + 3):
        dialect = dialects[turn % len(dialects)]
        line_end = list(LINE_ENDS.values())[turn // 2 % len(LINE_ENDS)]
        made = planted(shape, mistake.fill, DIALECTS[dialect], line_end)
        due = [(code, made.span) for code in mistake.codes.split()]
        assert found(made.text, shape, dialect, mistake.codes) == due, made.text


def test_hundreds_are_planted_in_most_rules() -> None:
    planted_in = Counter(code for _, mistake, _ in EVERY for code in mistake.codes.split())
    assert len(EVERY) > 400
    assert len(planted_in) > 32
