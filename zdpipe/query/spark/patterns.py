"""Regular expressions of DuckDB (RE2) → those of Spark (Java), for the same matches."""

from __future__ import annotations

import re

from zdpipe.query.spark.unfaithful import Unfaithful

# RE2's \s has no vertical tab, Java's has (RE2 "Syntax"; java.util.regex.Pattern).
_BLANKS = r"\t\n\f\r "
# Escapes that mean the same in both.
_SAME = frozenset("ADdWwztnrf.*+?()[]{}|^$\\-/@#%&~'\":;,<>=!_ ")
_GROUP = re.compile(r"\(\?(?!:)")
_BRACKET_FIRST = re.compile(r"\[\^?\]")
_FLAGS = re.compile(r"\(\?([is]+)\)")


def java_pattern(pattern: str, options: str = "", *, whole: bool = False) -> str:
    r"""Return the pattern as Java reads it the same way; `whole` lets it match nothing but all of a text.

    `(?d)` lets only `\n` end a line; `$` becomes `\z`, since Java's also stands before a last newline.
    Raises Unfaithful for what the two read in ways that no rewriting mends.
    """
    flags = _FLAGS.match(pattern)
    rest = pattern[flags.end() :] if flags else pattern
    wanted = set(options.replace("g", "").replace("c", "")) | set(flags[1] if flags else "")
    if wanted - {"i", "s"}:
        raise Unfaithful(
            f"the option `{''.join(sorted(wanted))}` of regular expressions means something else"
        )
    body = "".join(_rewritten(rest))
    made = f"(?d{'iu' if 'i' in wanted else ''}{'s' if 's' in wanted else ''})"
    return made + (rf"\A(?:{body})\z" if whole else body)


def java_replacement(replacement: str) -> str:
    r"""Return a replacement with `$1` for `\1`."""

    def one(match: re.Match[str]) -> str:
        word = match[0]
        if word == "$":
            return r"\$"
        return f"${word[1]}" if word[1].isdigit() else word

    return re.sub(r"\\.|\$", one, replacement)


def _rewritten(pattern: str) -> list[str]:
    plain = re.sub(r"\\.", "..", pattern)
    if _GROUP.search(plain) or _BRACKET_FIRST.search(plain):
        raise Unfaithful("`(?…)` and `[]…]` in regular expressions are read otherwise")
    parts: list[str] = []
    inside = False
    for match in re.finditer(r"\\.|.|\n", pattern, re.DOTALL):
        sign = match[0]
        if inside:
            parts.append(_in_class(sign, pattern[match.start() :]))
            inside = sign != "]"
        else:
            parts.append(_outside(sign))
            inside = sign == "["
    return parts


def _outside(sign: str) -> str:
    match sign:
        case "$":
            return r"\z"
        case r"\s":
            return f"[{_BLANKS}]"
        case r"\S":
            return f"[^{_BLANKS}]"
    return _checked(sign)


def _in_class(sign: str, rest: str) -> str:
    if sign == "[" or rest.startswith("&&"):
        raise Unfaithful(f"`{rest[:3]}` within brackets of a regular expression is read otherwise")
    if sign == r"\S":
        raise Unfaithful(r"`\S` within brackets of a regular expression is read otherwise")
    return _BLANKS if sign == r"\s" else _checked(sign)


def _checked(sign: str) -> str:
    if sign.startswith("\\") and sign[1:] not in _SAME:
        raise Unfaithful(f"`{sign}` in a regular expression is read otherwise")
    return sign
