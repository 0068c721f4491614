"""The SQL dialects that queries are written in."""

from __future__ import annotations

from typing import ClassVar

from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.duckdb import DuckDB

ENGINE_DIALECT = "duckdb"


class _Engine(DuckDB):
    """DuckDB's SQL as the engine reads it."""

    class Tokenizer(DuckDB.Tokenizer):
        # DuckDB 2.0 takes these; sqlglot 30 does not know it yet.
        IDENTIFIERS: ClassVar[list[str | tuple[str, str]]] = ['"', "`"]
        BIT_STRINGS: ClassVar[list[str | tuple[str, str]]] = [("b'", "'"), ("B'", "'")]
        HEX_STRINGS: ClassVar[list[str | tuple[str, str]]] = [("x'", "'"), ("X'", "'")]


def dialect_named(name: str) -> Dialect:
    """Return a dialect by the name that a project or a header gives it; ValueError if there is none."""
    return _Engine() if name == ENGINE_DIALECT else Dialect.get_or_raise(name)
