"""The words of DuckDB's statements with their places, as far as setup needs to know them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb


@dataclass(frozen=True, slots=True)
class Word:
    """A word, sign or literal as it is written, with what stands between it and the next one."""

    text: str
    gap: str
    is_literal: bool = False
    is_comment: bool = False

    @property
    def upper(self) -> str:
        """The word as keywords are compared."""
        return self.text.upper()

    @property
    def is_plain_literal(self) -> bool:
        """Whether it is 'text', in which only quotes are doubled; not E'text' or $$text$$."""
        return self.is_literal and self.text.startswith("'")


def statements_of(text: str) -> Iterator[list[Word]]:
    """Yield the words of each statement; all of them together are the text again, but for blanks in front."""
    words: list[Word] = []
    for word in _words(text):
        words.append(word)
        if word.text == ";":
            yield words
            words = []
    if words:
        yield words


def _words(text: str) -> Iterator[Word]:
    encoded = text.encode()  # DuckDB counts offsets in bytes
    starts = dict(duckdb.tokenize(text))
    offsets = sorted(starts)
    for start, end in zip(offsets, [*offsets[1:], len(encoded)], strict=True):
        written = encoded[start:end].decode()
        word = written.rstrip()
        kind = starts[start]
        yield Word(
            text=word,
            gap=written[len(word) :],
            is_literal=kind == duckdb.token_type.string_const,
            is_comment=kind == duckdb.token_type.comment,
        )


def first_keywords(words: Sequence[Word], count: int = 6) -> list[str]:
    """Return the first words of a statement, comments left aside."""
    return [word.upper for word in words if not word.is_comment][:count]
