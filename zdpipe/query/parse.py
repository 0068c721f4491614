"""SQL text → syntax trees that know where they stand."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError, TokenError

from zdpipe.model.dialect import dialect_named
from zdpipe.model.lines import span_at
from zdpipe.model.query import ParseProblem
from zdpipe.query.problems import depth_problem, missing_item, syntax_problem, token_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot.dialects.dialect import Dialect
    from sqlglot.parser import Parser
    from sqlglot.tokenizer_core import Token

# sqlglot warns through logging when it keeps a statement as bare text; the linter says so itself.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())

# What sqlglot has been seen to raise on text that is no SQL in the dialect.
PARSER_FAILURES = (
    SqlglotError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)

_RECURSION_LIMIT = 12_000  # sqlglot spends some 20 frames on one pair of parentheses


def parse(text: str, dialect: str) -> tuple[exp.Expression, ...] | ParseProblem:
    """Return the statements of the text, comments and empty ones left out, or why there are none.

    Statements, items of lists, function calls, parameters and bodies of CTEs carry `meta["span"]`: the
    offsets of their first character and of the one after their last.
    """
    tokens: list[Token] = []
    try:
        with deeper_recursion():
            spoken = dialect_named(dialect)
            tokens = spoken.tokenize(text)
            parser = _positioned(type(spoken))(dialect=spoken, error_level=ErrorLevel.IMMEDIATE)
            trees = parser.parse(tokens, text)
    except RecursionError:
        return depth_problem(text, tokens)
    except TokenError as error:
        return token_problem(text, error)
    except ParseError as error:
        return syntax_problem(text, tokens, error, dialect)
    except PARSER_FAILURES as error:
        message = f"This cannot be read as {dialect} SQL ({type(error).__name__})."
        return ParseProblem(message, span_at(text, 0, len(text)), by_grammar=True)
    return missing_item(text, tokens) or tuple(
        tree for tree in trees if isinstance(tree, exp.Expression) and not isinstance(tree, exp.Semicolon)
    )


@contextmanager
def deeper_recursion() -> Iterator[None]:
    """Let sqlglot, which is recursive, go as deep as people really nest SQL."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@cache
def _positioned(dialect: type[Dialect]) -> type[Parser]:
    """Return the dialect's parser, made to note where statements and list items begin and end."""
    base: Any = dialect.parser_class

    class Positioned(base):  # type: ignore[misc]  # the base is known only at run time
        def _parse_expression(self) -> exp.Expr | None:
            return self._noted(super()._parse_expression)

        def _parse_function_call(self, *how: Any, **options: Any) -> exp.Expr | None:
            return self._noted(lambda: super(Positioned, self)._parse_function_call(*how, **options))

        def _parse_placeholder(self) -> exp.Expr | None:
            return self._noted(super()._parse_placeholder)

        def _parse_statement(self) -> exp.Expr | None:
            return self._noted(super()._parse_statement)

        def _noted(self, parse_part: Any) -> exp.Expr | None:
            first = self._curr
            node: exp.Expr | None = parse_part()
            last = self._prev
            if node is not None and first and last and last.end >= first.start:
                node.meta["span"] = (first.start, last.end + 1)
            return node

    parser: type[Parser] = Positioned
    return parser
