from __future__ import annotations

import pytest

from zdpipe.cli.errors import complain_about, error_document
from zdpipe.errors import LintError, QueryError
from zdpipe.model.finding import Finding, Severity, Span


def test_values_an_engine_quotes_are_masked() -> None:
    error = QueryError("Could not convert string 'jane@example.com' to INT32", "Cast it.")
    assert error_document(error) == {
        "error": {
            "code": "query",
            "message": "Could not convert string 'j***@e***.com' to INT32",
            "hint": "Cast it.",
        }
    }


def test_findings_stand_before_the_error_they_caused(capfd: pytest.CaptureFixture[str]) -> None:
    error = LintError("1 error", "Mend it.")
    error.findings = [
        Finding(
            "ZD104", "select-star", Severity.ERROR, "Name the columns.", "queries/u.sql", Span(1, 8, 1, 9)
        )
    ]
    error.sources = {"queries/u.sql": "SELECT * FROM t"}
    complain_about(error)
    said = capfd.readouterr()
    assert said.out == ""
    assert (
        said.err.index("ZD104")
        < said.err.index("^")
        < said.err.index("Error: The linter has 1 finding; nothing")
    )
