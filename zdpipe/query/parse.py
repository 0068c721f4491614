"""SQL text → syntax trees that know where they stand."""

from __future__ import annotations

import logging
import re
import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError, TokenError

from zdpipe.model.dialect import dialect_named
from zdpipe.model.lines import span_at
from zdpipe.model.query import ParseProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
_QUOTED_TOKEN = re.compile(r"<Token token_type: [^,]*, text: (?P<text>.*?), line: \d+, col.*?>", re.DOTALL)
_TOKEN_START = re.compile(r"from \d+:(\d+)$")


def parse(text: str, dialect: str) -> tuple[exp.Expression, ...] | ParseProblem:
    """Return the statements of the text, comments and empty ones left out, or why there are none.

    Statements, items of lists, function calls and bodies of CTEs carry `meta["span"]`: the offsets of their
    first character and of the one after their last.
    """
    tokens: list[Token] = []
    try:
        with deeper_recursion():
            spoken = dialect_named(dialect)
            tokens = spoken.tokenize(text)
            parser = _positioned(type(spoken))(dialect=spoken, error_level=ErrorLevel.IMMEDIATE)
            trees = parser.parse(tokens, text)
    except RecursionError:
        return _too_deep(text, tokens)
    except TokenError as error:
        return _token_problem(text, error)
    except ParseError as error:
        return _parse_problem(text, tokens, error)
    except PARSER_FAILURES as error:
        message = f"This cannot be read as {dialect} SQL ({type(error).__name__})."
        return ParseProblem(message, span_at(text, 0, len(text)), by_grammar=True)
    return tuple(
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


def _parse_problem(text: str, tokens: Sequence[Token], error: ParseError) -> ParseProblem:
    facts = error.errors[0] if error.errors else {}
    at = next((t for t in tokens if (t.line, t.col) == (facts.get("line"), facts.get("col"))), None)
    if at is None:
        place = span_at(text, 0, len(text))
        return ParseProblem("The SQL ends before it is complete.", place, by_grammar=True)
    shown = text[at.start : at.end + 1]
    message = _worded(str(facts.get("description") or ""), shown[:40])
    place = span_at(text, at.start, at.end + 1)
    return ParseProblem(f"{message}{_cure(text, at.start)}", place, by_grammar=True)


def _worded(description: str, shown: str) -> str:
    """Turn sqlglot's words for a syntax error into a sentence."""
    if not description or description.startswith("Invalid expression"):
        return f"`{shown}` is not expected here."
    sentence = _QUOTED_TOKEN.sub(_quote_token, description).rstrip(".")
    return f"{sentence}." if "but got" in sentence else f"{sentence} at `{shown}`."


def _quote_token(match: re.Match[str]) -> str:
    return "the end of the statement" if match["text"] == "SENTINEL" else f"`{match['text']}`"


def _cure(text: str, offset: int) -> str:
    if text[offset] == "." and re.search(r"user_?fields?\s*$", text[:offset], re.IGNORECASE):
        return ' A custom field\'s name needs double quotes: `AS "user_fields.city"`.'
    return ""


def _token_problem(text: str, error: TokenError) -> ParseProblem:
    cause = str(error.__cause__ or "")
    begins = _TOKEN_START.search(cause)
    if begins is None or not cause.startswith("Missing"):
        place = span_at(text, error.start or 0, error.end or len(text))
        return ParseProblem("This cannot be split into words of SQL.", place, by_grammar=True)
    delimiter = cause.removeprefix("Missing ").partition(" from ")[0]
    start = int(begins[1])
    first_line = re.match(r"[^\r\n]*", text[start:])
    end = start + (len(first_line[0]) if first_line else 0)
    message = f"What begins here never ends: the closing `{delimiter}` is missing."
    return ParseProblem(message, span_at(text, start, end), by_grammar=True)


def _too_deep(text: str, tokens: Sequence[Token]) -> ParseProblem:
    """Point at the innermost bracket of text that is nested deeper than the parser can follow."""
    depth, deepest, at = 0, 0, 0
    for token in tokens:
        depth += (token.text in {"(", "[", "{"}) - (token.text in {")", "]", "}"})
        if depth > deepest:
            deepest, at = depth, token.start
    return ParseProblem(
        f"The SQL is nested too deeply to be read ({deepest} brackets within each other). Use CTEs.",
        span_at(text, at, at + 1),
    )
