from __future__ import annotations

import pytest
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import render
from zdpipe.model.finding import Finding, Severity, Span
from zdpipe.reports.finding_text import finding_text

SQL = (
    "SELECT\n\tamperity_id AS external_id, '日本' AS alias, lower(full_name), email, phone, city AS notes\n"
    "FROM t"
)
FINDING = Finding(
    "ZD105",
    "unaliased-expression",
    Severity.ERROR,
    "This expression has no name. Write `lower(full_name) AS name`, or which field it is to be.",
    "queries/users.sql",
    Span(2, 48, 2, 64),
    help="zdpipe rules ZD105",
)


@pytest.mark.parametrize("width", [100, 60, 40])
def test_a_finding_fits_the_terminal_and_wraps_between_words(width: int, snapshot: SnapshotAssertion) -> None:
    shown = render(finding_text(FINDING, SQL, width), width)
    assert max(cell_len(line) for line in shown.splitlines()) <= width
    assert shown == snapshot


def test_what_commands_a_terminal_is_not_printed() -> None:
    finding = Finding("ZD999", "test", Severity.HINT, "No \x1b[31m.", "q.sql", Span(1, 1, 1, 2))
    assert "\x1b" not in render(finding_text(finding, "\x1b[31m", 40), 40)
