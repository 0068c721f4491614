"""The SQL of other projects' tests, each text with the dialect that project says it is in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import PurePath

from tests.corpus.archives import files
from tests.corpus.calls import texts_in_calls
from zdpipe.query.header import DIALECTS

_DIRECTIVE = re.compile(r"^# \w+: .*\n", re.MULTILINE)  # for the tests that a fixture of sqlglot is for

_READS = re.compile(r"^\s*(?:select|with|values|table|\()", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """One text; `origin` is the project, a slash and the file."""

    origin: str
    dialect: str
    text: str


@cache
def statements() -> tuple[Statement, ...]:
    """Return every text once for each dialect."""
    found = chain(_of_sqlglot(), _of_ibis(), _of_duckdb(), _of_sqllineage(), _of_postgres())
    by_text = {(one.dialect, one.text): one for one in found if one.text.strip()}
    return tuple(by_text.values())


def _of_sqlglot() -> Iterator[Statement]:
    for path, text in files("sqlglot", "tests/dialects/test_", ".py"):
        for dialect, sql in texts_in_calls(ast.parse(text)):
            if dialect in DIALECTS:
                yield Statement(f"sqlglot/{path}", dialect, sql)
    for path, text in files("sqlglot", "tests/fixtures/", ".sql"):
        plain = _DIRECTIVE.sub("", text)
        for part in plain.split("\n" if path.endswith("identity.sql") else ";"):
            yield Statement(f"sqlglot/{path}", "snowflake" if "tpc-ds" in path else "duckdb", part)


def _of_ibis() -> Iterator[Statement]:
    """Snapshots lie in folders or files that are named for their dialect."""
    for path, text in files("ibis_framework", "ibis/", ".sql"):
        words = {PurePath(path).stem, *PurePath(path).parts}
        for dialect in sorted(words & DIALECTS) or ["duckdb"]:
            yield Statement(f"ibis/{path}", dialect, text)


def _of_duckdb() -> Iterator[Statement]:
    for path, text in files("duckdb", "external/duckdb/extension/", ".sql"):
        yield Statement(f"duckdb/{path}", "duckdb", text)


def _of_sqllineage() -> Iterator[Statement]:
    for path, text in files("sqllineage", "", ".sql"):
        yield Statement(f"sqllineage/{path}", "spark", text)


def _of_postgres() -> Iterator[Statement]:
    """The regression tests of PostgreSQL, as pglast ships them: what reads, and some more."""
    for path, text in files("pglast", "libpg_query/test/sql/", ".sql"):
        for number, part in enumerate(text.split(";\n")):
            if number % 10 == 0 or _READS.search(part):
                yield Statement(f"postgres/{path}", "postgres", part)
