"""What the linter has to say about one place in one file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is; errors keep a query from running."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a text: lines and columns count from 1 in code points, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a file's text: `text[start:end]` becomes `new`; offsets count code points from 0."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark with its cure in the message.

    `fix` holds the edits that mend it without changing what the query means; they do not overlap.
    """

    code: str
    name: str
    severity: Severity
    message: str
    path: str
    span: Span
    help: str = ""
    fix: tuple[Edit, ...] = ()

    @property
    def fixable(self) -> bool:
        """Whether `zdpipe lint --fix` mends it."""
        return bool(self.fix)

    def as_json(self) -> dict[str, object]:
        """Return the promised JSON shape."""
        return {
            "code": self.code,
            "name": self.name,
            "severity": self.severity.value,
            "message": self.message,
            "path": self.path,
            "line": self.span.line,
            "column": self.span.column,
            "end_line": self.span.end_line,
            "end_column": self.span.end_column,
            "fixable": self.fixable,
            "help": self.help,
        }
