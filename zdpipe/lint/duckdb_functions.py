"""The functions that DuckDB has, and what is written like a function there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# `duckdb_functions()` of the DuckDB that is tested with; a test keeps the file up to date.
LIST = Path(__file__).with_name("duckdb_functions.txt")
_WIDTH = 110
# Words of the grammar that take parentheses (DuckDB documentation, "Expressions").
_SYNTAX_WORDS = """
    all any array case cast coalesce columns cube date decimal exists extract filter grouping grouping_id if
    ifnull in interval lambda list map not nullif numeric operator overlay position rollup row some
    string_agg struct substring table time timestamp trim try try_cast union unnest unpack values varchar
"""


@cache
def known_functions() -> frozenset[str]:
    """Return every name that may stand before an opening parenthesis, in lower case."""
    return frozenset(_SYNTAX_WORDS.split()) | frozenset(LIST.read_text(encoding="utf-8").split())


def as_list(names: Iterable[str]) -> str:
    """Return the content of the file for the names that DuckDB gives."""
    words = sorted({name.lower() for name in names if re.fullmatch(r"(?!__)\w+", name)})
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > _WIDTH:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(lines) + "\n"
