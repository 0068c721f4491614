from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.lint.build import SCHEMA, a_query, findings
from tests.lint.mending import found, mended
from zdpipe.lint import LintContext, lint, render
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

_WORD_LIST = """
SELECT FROM WHERE Customer_360 c email * , . ( ) AS name WITH x JOIN ON USING UNION ALL -- noqa ; 'a' "b"
PIVOT LATERAL unnest [ ] { } : = 1 count VALUES RECURSIVE BY user_fields. INTO INSERT DELETE EXISTS
CASE WHEN END
"""
WORDS = st.sampled_from([*_WORD_LIST.split(), "\n"])


@settings(deadline=None)
@given(st.lists(WORDS, max_size=25).map(" ".join) | st.text(max_size=80), st.sampled_from(Role))
def test_any_text_ends_in_findings_that_can_be_shown(text: str, role: Role) -> None:
    query = a_query(text, role)
    for finding in lint([query], LintContext(schema=SCHEMA, attribute_tables={"c": query})):
        assert render(finding, query.text)


_MORE_WORDS = """
f( initcap( date_format( try( -> cast( VARCHAR --noqa:ZD104 ZD999 /* */ ' " ` \r\n Email 'Name' "user_field.x"
EXCLUDE
"""


@settings(deadline=None)
@example("--noqa:ZD104 */", Role.QUERY, "duckdb")
@given(
    st.lists(WORDS | st.sampled_from(_MORE_WORDS.split(" ")), max_size=25).map(" ".join),
    st.sampled_from(Role),
    st.sampled_from(["duckdb", "trino", "presto", "spark", "snowflake", "bigquery"]),
)
def test_mending_any_text_in_any_dialect_settles(text: str, role: Role, dialect: str) -> None:
    after = mended(f"SELECT {text}", role, SCHEMA, dialect)
    before = {finding.code for finding in found(f"SELECT {text}", role, SCHEMA, dialect)}
    assert not any(finding.fixable or "A bug of zdpipe" in finding.message for finding in after.findings)
    assert {f.code for f in after.findings if f.severity is Severity.ERROR} <= before


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "(" * 10_000 + "1" + ")" * 10_000,
        "SELECT " + "(" * 400 + "1" + ")" * 400,
        "SELECT * FROM " + "(SELECT * FROM " * 2_000 + "t" + ")" * 2_000,
        "SELECT " + "a||" * 2_000 + "a AS name FROM Customer_360",
        "SELECT 1 " + "UNION ALL SELECT 1 " * 500,
        "SELECT '" + "x" * 1_000_000 + "' AS name",
        "SELECT '" + "x" * 1_000_000,
        "\x00" * 1_000,
        "".join(chr(code) for code in range(256)),
    ],
    ids=lambda text: f"{text[:12]!r}",
)
def test_huge_and_deep_files_end_in_findings(text: str) -> None:
    assert findings(text)


def test_nesting_too_deep_for_a_rule_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("zdpipe.lint.rules.select_star.SelectStar.check", too_deep)
    assert [finding.code for finding in findings("SELECT *, 1 FROM Customer_360")] == ["ZD101"]


def test_linting_loads_no_database_no_data_frames_and_no_network() -> None:
    program = (
        "import sys, zdpipe.lint, zdpipe.query\n"
        "print(sorted({'duckdb', 'polars', 'pyarrow', 'httpx', 'pydantic', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_rule_that_breaks_is_a_finding_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("zdpipe.lint.rules.select_star.SelectStar.check", broken)
    found = findings("SELECT *, 1 FROM Customer_360 -- noqa: ZD104")
    assert [(finding.code, finding.severity) for finding in found] == [
        ("ZD104", Severity.ERROR),
        ("ZD105", Severity.ERROR),
    ]
    assert "KeyError in test_unbreakable.py" in found[0].message
    assert findings("SELECT * FROM Customer_360", ignore=frozenset({"ZD104"})) == []
