from __future__ import annotations

import pytest

from tests.lint.build import findings
from zdpipe.lint import render
from zdpipe.model.finding import Finding, Severity, Span


def shown(source: str, span: Span) -> list[str]:
    finding = Finding("ZD999", "test", Severity.ERROR, "Wrong.", "q.sql", span)
    return render(finding, source).splitlines()[2:4]


@pytest.mark.parametrize(
    ("source", "span", "line", "carets"),
    [
        ("SELECT a, b", Span(1, 11, 1, 12), "1 | SELECT a, b", "  |           ^"),
        ("a\r\n\tb c", Span(2, 4, 2, 5), "2 |     b c", "  |       ^"),
        ("a\n'日本' x", Span(2, 6, 2, 7), "2 | '日本' x", "  |        ^"),
        ("'日本' x", Span(1, 2, 1, 4), "1 | '日本' x", "  |  ^^^^"),
        ("'e\u0301😀' x", Span(1, 7, 1, 8), "1 | 'e\u0301😀' x", "  |       ^"),
        ("SELECT (1\n+ 2)", Span(1, 8, 2, 5), "1 | SELECT (1", "  |        ^^"),
        ("", Span(1, 1, 1, 1), "1 |", "  | ^"),
        ("a \x1b[31m b", Span(1, 9, 1, 10), "1 | a \ufffd[31m b", "  |         ^"),
    ],
)
def test_carets_stand_under_the_place(source: str, span: Span, line: str, carets: str) -> None:
    assert shown(source, span) == [line, carets]


def test_a_very_long_line_is_shown_around_the_place() -> None:
    line, carets = shown("x" * 1_000_000 + "Y" + "x" * 1_000_000, Span(1, 1_000_001, 1, 1_000_002))
    assert len(line) < 200
    assert line[carets.index("^")] == "Y"


def test_a_report_reads_well(snapshot) -> None:
    text = (
        "-- zdpipe: dialect=duckdb\nSELECT\n\tc.amperity_id AS external_id,\n\tlower(full_name),\n"
        "\t'日本' AS alias, c.emial AS email, city,\n\tstate AS \"userfields.state\", loyalty_tier AS tags\n"
        "FROM Customer_360 c JOIN Oders USING (amperity_id)\n"
    )
    assert "\n\n".join(render(finding, text) for finding in findings(text)) == snapshot
