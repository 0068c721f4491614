"""Functions of texts that Spark has under the same name and reads otherwise."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

from sqlglot import exp

from zdpipe.query.spark.kinds import Kind, kind_of, with_kind
from zdpipe.query.spark.patterns import java_pattern, java_replacement
from zdpipe.query.spark.unfaithful import Unfaithful

_LAST_SPECIAL = 0x10000
_PRIVATE = 0xE000
# Kinds whose text is the same in both.
_SPOKEN = frozenset(
    {Kind.BOOLEAN, Kind.DATE, Kind.DECIMAL, Kind.INTEGER, Kind.NULL, Kind.TEXT, Kind.TIMESTAMP}
)


def lower(node: exp.Expr) -> exp.Expr:
    """Let Java, which makes two letters of İ and looks around Σ, lower each letter for itself."""
    return exp.Lower(this=_translated(node.this, "İΣ", "iσ"))


def upper(node: exp.Expr) -> exp.Expr:
    """Keep the letters from Java that it writes as several, such as ß, by private letters in between."""
    special, meant = _specials()
    private = "".join(chr(_PRIVATE + number) for number in range(len(special)))
    return _translated(exp.Upper(this=_translated(node.this, special, private)), private, meant)


@cache
def _specials() -> tuple[str, str]:
    """Return the letters whose capitals are several, and the one that DuckDB gives for each."""
    found = [letter for letter in map(chr, range(0xD800)) if len(letter.upper()) > 1]
    found += [letter for letter in map(chr, range(0xF900, _LAST_SPECIAL)) if len(letter.upper()) > 1]
    one = [letter.title() if len(letter.title()) == 1 else letter for letter in found]
    return "".join(found), "".join(one).replace("ß", "ẞ")


def _translated(node: exp.Expr, letters: str, others: str) -> exp.Expr:
    return exp.Anonymous(
        this="TRANSLATE", expressions=[node, exp.Literal.string(letters), exp.Literal.string(others)]
    )


def trim(node: exp.Expr) -> exp.Expr:
    """Name all blanks of Unicode, which DuckDB takes away; Spark means U+0020 alone."""
    if node.args.get("expression") is None:
        node.set("expression", exp.Literal.string(_blanks()))
    return node


@cache
def _blanks() -> str:
    return "".join(sign for sign in map(chr, range(sys.maxunicode)) if unicodedata.category(sign) == "Zs")


def substring(node: exp.Expr) -> exp.Expr:
    """Let through what counts from 1, or from the end."""
    start = _number(node.args["start"])
    if start is None or start == 0:
        raise Unfaithful("Spark counts from 1 where the start is 0. Write the start as a number other than 0")
    return node


def left_right(node: exp.Expr) -> exp.Expr:
    """Let through lengths that are not negative, which in DuckDB leave so many letters out."""
    length = _number(node.expression)
    if length is None or length < 0:
        raise Unfaithful("Spark knows no negative lengths. Write the length as a number that is not negative")
    return node


def split(node: exp.Expr) -> exp.Expr:
    """Let through separators that are written out; without one DuckDB parts each letter."""
    separator = node.args.get("delimiter") or node.args.get("expression")
    if not (isinstance(separator, exp.Literal) and separator.is_string and separator.name):
        raise Unfaithful("Spark splits otherwise where nothing separates. Write the separator as a text")
    return node


def length(node: exp.Expr) -> exp.Expr:
    """Tell texts from lists."""
    if kind_of(node.this) is Kind.LIST:
        return exp.Anonymous(this="SIZE", expressions=[node.this])
    return node


def check_text(node: exp.Expr) -> None:
    """Refuse a value that the two write otherwise."""
    kind = kind_of(node)
    if kind not in {None, *_SPOKEN}:
        raise Unfaithful(f"Spark writes a value of type {kind} otherwise. Cast it to DECIMAL or DATE first")


def _as_text(node: exp.Expr) -> exp.Expr:
    """Return what a value is when it is put together with texts; it is taken out of its place."""
    check_text(node)
    if kind_of(node) is Kind.TEXT:
        return node
    return with_kind(exp.cast(node, exp.DType.TEXT, copy=False), Kind.TEXT)


def concat(node: exp.Expr) -> exp.Expr:
    """Leave nulls out, and make a text of each value before it is compared with ''."""
    empty = exp.Literal.string("")
    parts = [exp.Coalesce(this=_as_text(part), expressions=[empty.copy()]) for part in node.expressions]
    return exp.Anonymous(this="CONCAT", expressions=parts)


def concat_ws(node: exp.Expr) -> exp.Expr:
    """Make a text of each value."""
    separator, *parts = node.expressions
    return exp.Anonymous(this="CONCAT_WS", expressions=[separator, *map(_as_text, parts)])


def pipe(node: exp.Expr) -> exp.Expr:
    """Make a text of each side."""
    return exp.DPipe(this=_as_text(node.this), expression=_as_text(node.expression), safe=True)


def like(node: exp.Expr) -> exp.Expr:
    r"""Let through patterns without `\`, which is Spark's escape and none of DuckDB's."""
    pattern = node.expression
    if not (isinstance(pattern, exp.Literal) and pattern.is_string) or "\\" in pattern.name:
        raise Unfaithful("Spark reads `\\` in its patterns. Write the pattern as a text without it")
    return node


def ilike(node: exp.Expr) -> exp.Expr:
    """Compare lower letters, for which DuckDB and Spark are made to agree."""
    like(node)
    return exp.Like(this=lower(exp.Lower(this=node.this)), expression=lower(exp.Lower(this=node.expression)))


def regexp_like(node: exp.Expr) -> exp.Expr:
    """Look for a pattern anywhere."""
    flag = node.args.get("flag")
    pattern = java_pattern(_text(node.expression), _text(flag) if flag else "")
    return exp.RegexpLike(this=node.this, expression=exp.Literal.string(pattern))


def regexp_full(node: exp.Expr) -> exp.Expr:
    """Let the pattern be all of the text."""
    pattern = java_pattern(_text(node.expression), whole=True)
    return exp.RegexpLike(this=node.this, expression=exp.Literal.string(pattern))


def regexp_replace(node: exp.Expr) -> exp.Expr:
    """Replace every match; DuckDB's way of replacing the first alone is none of Spark's."""
    options = node.args.get("modifiers")
    wanted = _text(options) if options else ""
    if "g" not in wanted:
        raise Unfaithful("Spark replaces every match and not the first alone. Add the option 'g'")
    pattern = java_pattern(_text(node.expression), wanted)
    replacement = java_replacement(_text(node.args["replacement"]))
    return exp.Anonymous(
        this="REGEXP_REPLACE",
        expressions=[node.this, exp.Literal.string(pattern), exp.Literal.string(replacement)],
    )


def regexp_extract(node: exp.Expr) -> exp.Expr:
    """Take a group of the first match."""
    flags = node.args.get("parameters")
    pattern = java_pattern(_text(node.expression), _text(flags) if flags else "")
    group = node.args.get("group") or exp.Literal.number(0)
    return exp.Anonymous(this="REGEXP_EXTRACT", expressions=[node.this, exp.Literal.string(pattern), group])


def _text(node: exp.Expr) -> str:
    if not (isinstance(node, exp.Literal) and node.is_string):
        raise Unfaithful("a regular expression is read otherwise by Spark. Write it as a text")
    return node.name


def _number(node: exp.Expr | None) -> int | None:
    """Return a whole number that is written as such."""
    negative = isinstance(node, exp.Neg)
    literal = node.this if isinstance(node, exp.Neg) else node
    if not isinstance(literal, exp.Literal) or literal.is_string or not literal.name.isdigit():
        return None
    return -int(literal.name) if negative else int(literal.name)
