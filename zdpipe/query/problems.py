"""What keeps a text from being read, in words that help to mend it."""

from __future__ import annotations

import re
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlglot.tokenizer_core import TokenType

from zdpipe.model.dialect import dialect_named
from zdpipe.model.lines import span_at
from zdpipe.model.query import ParseProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot.errors import ParseError, TokenError
    from sqlglot.tokenizer_core import Token

_QUOTED_TOKEN = re.compile(r"<Token token_type: [^,]*, text: (?P<text>.*?), line: \d+, col.*?>", re.DOTALL)
_MISSING_PART = re.compile(r"Required keyword: '(?P<part>\w+)' missing for <class '(?P<place>[\w.]+)'>")
_EXPECTED_BRACKET = re.compile(r"Expecting (?P<bracket>[()\[\]{}])")
_TOKEN_START = re.compile(r"from \d+:(\d+)$")
_MEANT_CUSTOM = re.compile(r"user_?fields?\s*$", re.IGNORECASE)
_KEYWORDS = (
    "SELECT",
    "DISTINCT",
    "FROM",
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "QUALIFY",
    "LIMIT",
    "JOIN",
    "LEFT",
    "INNER",
    "UNION",
    "WITH",
)
_BEGINS_A_VALUE = frozenset({TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER})
_ENDS_A_VALUE = _BEGINS_A_VALUE | {TokenType.R_PAREN, TokenType.END}


def missing_item(text: str, tokens: Sequence[Token]) -> ParseProblem | None:
    """Return the first place where nothing stands between two commas, which sqlglot reads over."""
    for before, after in pairwise(tokens):
        if before.token_type == after.token_type == TokenType.COMMA:
            place = span_at(text, before.start, after.end + 1)
            return ParseProblem("Nothing stands between these two commas. Remove one of them.", place)
    return None


def syntax_problem(text: str, tokens: Sequence[Token], error: ParseError, dialect: str) -> ParseProblem:
    """Return what the parser stumbled over."""
    facts = error.errors[0] if error.errors else {}
    place = (facts.get("line"), facts.get("col"))
    number = next((n for n, t in enumerate(tokens) if (t.line, t.col) == place), None)
    if number is None:
        whole = span_at(text, 0, len(text))
        message = "The SQL ends before it is complete. Write what is missing."
        return ParseProblem(message, whole, by_grammar=True)
    at = tokens[number]
    shown = text[at.start : at.end + 1][:40]
    after = tokens[number + 1 : number + 2]
    is_last = not after or after[0].token_type == TokenType.SEMICOLON
    message = _worded(str(facts.get("description") or ""), shown, is_last=is_last)
    cure = _cure(text, tokens, number, dialect)
    return ParseProblem(f"{message}{cure}", span_at(text, at.start, at.end + 1), by_grammar=True)


def _worded(description: str, shown: str, *, is_last: bool) -> str:
    """Turn sqlglot's words for a syntax error into a sentence."""
    missing = _MISSING_PART.match(description)
    # Of `a AND b` the part called `this` is the first, and the parser is past it.
    is_first = missing is not None and missing["part"] == "this" and ".core." in missing["place"]
    # sqlglot points at the next word, and at the last one when there is no next.
    where = f"{'after' if is_last and not is_first else 'before'} `{shown}`"
    if missing:
        return f"Something is missing {where}."
    bracket = _EXPECTED_BRACKET.match(description)
    if bracket:
        return f"A `{bracket['bracket']}` is missing {where}."
    if not description or description.startswith("Invalid expression"):
        return f"`{shown}` is not expected here."
    sentence = _QUOTED_TOKEN.sub(_quote_token, description).rstrip(".")
    return f"{sentence}." if "but got" in sentence else f"{sentence} at `{shown}`."


def _quote_token(match: re.Match[str]) -> str:
    return "the end of the statement" if match["text"] == "SENTINEL" else f"`{match['text']}`"


def _cure(text: str, tokens: Sequence[Token], number: int, dialect: str) -> str:
    """Return what was probably meant, or nothing."""
    at = tokens[number]
    if text[at.start] == "." and _MEANT_CUSTOM.search(text[: at.start]):
        return ' A custom field\'s name needs double quotes: `AS "user_fields.city"`.'
    if text.startswith(("{{", "{%"), at.start):
        return " This looks like a template, and zdpipe reads plain SQL. Lint what it is rendered to."
    before = tokens[max(0, number - 2) : number]
    if any(text[token.start] == "`" for token in (*before, at)):
        quote = next(iter(dialect_named(dialect).tokenizer_class._IDENTIFIERS))
        return f" In {dialect} SQL a name is quoted with {quote}."
    return _slip(before, at) if before else ""


def _slip(before: Sequence[Token], at: Token) -> str:
    for token in (*reversed(before), at):
        meant = get_close_matches(token.text.upper(), _KEYWORDS, n=1, cutoff=0.75)
        if token.token_type == TokenType.VAR and meant:
            return f" Did you mean `{meant[0]}` by `{token.text}`?"
    if at.token_type in _BEGINS_A_VALUE and before[-1].token_type in _ENDS_A_VALUE:
        return " Is a comma or an operator missing before it?"
    return ""


def token_problem(text: str, error: TokenError) -> ParseProblem:
    """Return what keeps a text from being split into words."""
    cause = str(error.__cause__ or "")
    begins = _TOKEN_START.search(cause)
    if begins is None or not cause.startswith("Missing"):
        comment = text.rfind("/*")
        if comment > text.rfind("*/"):
            return _endless(text, comment, "*/")
        place = span_at(text, error.start or 0, error.end or len(text))
        return ParseProblem("This cannot be split into words of SQL.", place, by_grammar=True)
    return _endless(text, int(begins[1]), cause.removeprefix("Missing ").partition(" from ")[0])


def _endless(text: str, start: int, delimiter: str) -> ParseProblem:
    first_line = re.match(r"[^\r\n]*", text[start:])
    end = start + (len(first_line[0]) if first_line else 0)
    message = f"What begins here never ends: the closing `{delimiter}` is missing."
    return ParseProblem(message, span_at(text, start, end), by_grammar=True)


def depth_problem(text: str, tokens: Sequence[Token]) -> ParseProblem:
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
