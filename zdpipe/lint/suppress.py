"""`-- noqa` and `-- noqa: ZD103, ZD104`: findings that a line asks not to hear."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlglot.errors import SqlglotError

from zdpipe.model.dialect import dialect_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.position import Positions

_NOQA = re.compile(r"--[ \t]*noqa\b(?P<colon>[ \t]*:)?", re.IGNORECASE)
_WORD = re.compile(r"(?P<before>[ \t]*(?P<comma>,)?[ \t]*)(?P<word>[A-Za-z][\w.=-]*)")
_CODE = re.compile(r"[A-Z]+\d+", re.IGNORECASE)
# Those of sqlfluff, which reads the same comments (its documentation, "Ignoring in-line errors").
_FOREIGN = re.compile(r"(?!ZD)[A-Z]{1,3}\d{2,4}|PRS|TMP|LXR|(?:disable|enable)=.*|\w+\.[\w.]+", re.IGNORECASE)


class Suppressed(Protocol):
    """What a comment has to know of a rule."""

    @property
    def code(self) -> str:
        """The code, such as ZD104."""
        ...

    @property
    def name(self) -> str:
        """The name, such as select-star."""
        ...

    @property
    def suppressible(self) -> bool:
        """Whether it takes a comment at all."""
        ...

    @property
    def textual(self) -> bool:
        """Whether it says the same without a schema."""
        ...

    @property
    def judges_noqa(self) -> bool:
        """Whether it is about the comments themselves."""
        ...


@dataclass(frozen=True, slots=True)
class Word:
    """One code or name after `noqa:`, and its offsets."""

    text: str
    start: int
    end: int

    @property
    def is_foreign(self) -> bool:
        """Whether it is a code of another linter, which is none of our business."""
        return _FOREIGN.fullmatch(self.text) is not None


@dataclass(frozen=True, slots=True)
class Noqa:
    """One `-- noqa` with its line and offsets; `words` is None where it is meant for every rule."""

    line: int
    start: int
    end: int
    words: tuple[Word, ...] | None

    def covers(self, rule: Suppressed) -> bool:
        """Tell whether it keeps a rule from speaking of its line."""
        if not rule.suppressible:
            return False
        return self.names(rule) or (self.words is None and not rule.judges_noqa)

    def names(self, rule: Suppressed) -> bool:
        """Tell whether it names a rule by code or name."""
        return any(word.text.lower() in {rule.code.lower(), rule.name} for word in self.words or ())


def noqas(positions: Positions, dialect: str) -> tuple[Noqa, ...]:
    """Return every `-- noqa` of a text's comments, in their order."""
    if "noqa" not in positions.text.lower():
        return ()
    return tuple(
        _noqa(match, end, positions)
        for start, end in _comments(positions.text, dialect)
        for match in _NOQA.finditer(positions.text, start, end)
    )


def _noqa(match: re.Match[str], limit: int, positions: Positions) -> Noqa:
    words = tuple(_words(positions.text, match.end(), limit)) if match["colon"] else None
    end = words[-1].end if words else match.end()
    return Noqa(positions.span(match.start(), end).line, match.start(), end, words)


def _words(text: str, start: int, limit: int) -> Iterator[Word]:
    """Yield the codes and names; after a blank alone only what looks like one, the rest is prose."""
    is_first = True
    while found := _WORD.match(text, start, limit):
        word = found["word"].rstrip(".-=")
        if not (is_first or found["comma"] or _CODE.fullmatch(word)):
            return
        is_first = False
        start = found.start("word") + len(word)
        yield Word(word, found.start("word"), start)


def _comments(text: str, dialect: str) -> Iterator[tuple[int, int]]:
    """Yield what lies between the words of the SQL: blanks and comments, and nothing else."""
    try:
        tokens = dialect_named(dialect).tokenize(text)
    except (SqlglotError, ValueError):
        return
    start = 0
    for token in tokens:
        yield start, token.start
        start = token.end + 1
    yield start, len(text)
