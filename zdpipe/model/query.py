"""One SQL file, read and parsed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

    from zdpipe.model.finding import Span


class Role(StrEnum):
    """What a SQL file is for."""

    QUERY = "query"
    ATTRIBUTE_TABLE = "attribute_table"


@dataclass(frozen=True, slots=True)
class ParseProblem:
    """Why a file has no parsed statements.

    `by_grammar` tells that sqlglot's grammar refused the text, rather than its bytes or header being wrong;
    `engine_reads` that the engine, whose grammar is larger, takes it all the same.
    """

    message: str
    span: Span
    by_grammar: bool = False
    engine_reads: bool = False


@dataclass(frozen=True)
class Query:
    """A SQL file: its text as it stands on disk, and what sqlglot made of it.

    `path` is relative to the project where the file lies in it, `name` is the stem, `options` the words of
    its header line (`-- zdpipe: dialect=trino`). Exactly one of `statements` and `problem` is filled; an
    empty file has no statements and no problem.
    """

    path: str
    name: str
    role: Role
    text: str
    dialect: str
    options: Mapping[str, str] = field(default_factory=dict)
    statements: tuple[exp.Expression, ...] = ()
    problem: ParseProblem | None = None

    @property
    def statement(self) -> exp.Expression | None:
        """The one statement of the file, or None when it does not have exactly one."""
        return self.statements[0] if len(self.statements) == 1 else None
