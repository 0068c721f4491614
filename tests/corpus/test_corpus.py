"""Other projects' SQL: nothing breaks, and nothing that an engine reads is called a syntax error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.corpus.exceptions import DIALECTS, surprises
from tests.corpus.statements import statements
from tests.lint.build import ACCOUNTS, SCHEMA, a_query
from zdpipe.engine.grammar import reads
from zdpipe.lint import LintContext, lint, render
from zdpipe.model.finding import Finding
from zdpipe.model.lines import Lines
from zdpipe.query.parse import ParseProblem, parse

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(900)]

PARTS = 4
ENGINES = Path(".venv/corpus/engines")
JUDGE = Path(__file__).with_name("postgres.py")
# Of the SELECTs that DuckDB's grammar takes; most of these name types and operators that it does not have.
NOT_UNDERSTOOD = 0.025


def test_the_corpus_is_large_and_speaks_many_dialects() -> None:
    sizes = Counter(statement.dialect for statement in statements())
    assert sum(sizes.values()) > 30_000
    for dialect in ("duckdb", "presto", "trino", "spark", "snowflake", "bigquery", "redshift", "postgres"):
        assert sizes[dialect] > 200, dialect


@pytest.mark.parametrize("part", range(PARTS))
def test_every_statement_ends_in_findings_at_places_that_exist(part: int) -> None:
    context = LintContext(schema=SCHEMA, accounts=ACCOUNTS)
    for statement in statements()[part::PARTS]:
        query = a_query(statement.text, dialect=statement.dialect)
        lines = Lines(query.text)
        for finding in lint([query], context):
            assert "A bug of zdpipe" not in finding.message, statement
            assert is_sane(finding, query.text, lines), (statement, finding)


def is_sane(finding: Finding, text: str, lines: Lines) -> bool:
    """Tell whether a finding and its edits lie within the text, and can be shown."""
    span = finding.span
    place, end = (span.line, span.column), (span.end_line, span.end_column)
    inside = all(
        1 <= column <= len(lines.line(line)) + 1 and 1 <= line <= text.count("\n") + text.count("\r") + 1
        for line, column in (place, end)
    )
    edits = all(0 <= edit.start <= edit.end <= len(text) for edit in finding.fix)
    return inside and place <= end and edits and bool(render(finding, text)) and bool(finding.help)


def test_what_duckdb_reads_is_never_called_a_syntax_error() -> None:
    texts = [text for text in dict.fromkeys(one.text for one in statements()) if reads(text)]
    strange = [text for text in texts if isinstance(parse(text, "duckdb"), ParseProblem)]
    assert len(texts) > 15_000
    for text in strange:
        codes = [finding.code for finding in lint([a_query(text)], LintContext())]
        assert codes == ["ZD115"], text
    assert len(strange) < NOT_UNDERSTOOD * len(texts)


def test_what_postgresql_reads_is_no_syntax_error_but_for_the_exceptions() -> None:
    texts = [one.text for one in statements() if one.dialect == "postgres"]
    judged = subprocess.run(
        [sys.executable, str(JUDGE)],
        input=json.dumps(texts),
        env=os.environ | {"PYTHONPATH": str(ENGINES)},
        capture_output=True,
        text=True,
        check=True,
    )
    selects = [text for text, verdict in zip(texts, json.loads(judged.stdout), strict=True) if verdict]
    refused = [text for text in selects if isinstance(parse(text, "postgres"), ParseProblem)]
    assert len(selects) > 10_000
    assert surprises("postgres", refused) == []


def test_what_its_own_project_calls_valid_is_no_syntax_error_but_for_the_exceptions() -> None:
    """These have no engine here: their word is that of the project whose test it is."""
    others = [one for one in statements() if one.dialect not in {"duckdb", "postgres"}]
    refused = [one for one in others if isinstance(parse(one.text, one.dialect), ParseProblem)]
    assert len(others) > 9_000
    for dialect in {one.dialect for one in others} | (DIALECTS - {"postgres"}):
        assert surprises(dialect, [one.text for one in refused if one.dialect == dialect]) == [], dialect
