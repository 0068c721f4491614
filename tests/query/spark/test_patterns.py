from __future__ import annotations

import pytest

from zdpipe.query.spark.patterns import java_pattern, java_replacement
from zdpipe.query.spark.unfaithful import Unfaithful


@pytest.mark.parametrize(
    ("pattern", "options", "made"),
    [
        ("a.b", "", "(?d)a.b"),
        ("^a$", "", r"(?d)^a\z"),
        (r"\$[$]", "", r"(?d)\$[$]"),
        (r"\s[\s,]\S", "", r"(?d)[\t\n\f\r ][\t\n\f\r ,][^\t\n\f\r ]"),
        ("(?i)a(?:b)", "", "(?diu)a(?:b)"),
        ("a", "gi", "(?diu)a"),
        ("a", "s", "(?ds)a"),
        (r"[a\]b]\]", "", r"(?d)[a\]b]\]"),
    ],
)
def test_patterns(pattern: str, options: str, made: str) -> None:
    assert java_pattern(pattern, options) == made


@pytest.mark.parametrize(
    "pattern",
    [r"\bword", "[[:alpha:]]", "(?P<a>x)", "(?m)^a", "[]a]", "[^]a]", r"[\S]", "[a&&b]", r"\Qa\E", r"\v"],
)
def test_what_means_something_else(pattern: str) -> None:
    with pytest.raises(Unfaithful):
        java_pattern(pattern)


def test_options_that_are_none_of_both() -> None:
    with pytest.raises(Unfaithful):
        java_pattern("a", "m")


def test_a_whole_text() -> None:
    assert java_pattern("a|b", whole=True) == r"(?d)\A(?:a|b)\z"


def test_replacements() -> None:
    assert java_replacement(r"\2-\1 $5 \\") == r"$2-$1 \$5 \\"
