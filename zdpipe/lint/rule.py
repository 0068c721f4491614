"""What a rule is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from zdpipe.model.finding import Edit, Severity, Span
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule has to say about one place: what is wrong, and the cure.

    `fix` are the edits that mend it, where that is safe; `hint` says more than fits the message.
    """

    span: Span
    message: str
    fix: tuple[Edit, ...] = ()
    hint: str = ""


class Rule(ABC):
    """One thing to look for; the docstring of a rule is its documentation.

    A docstring begins with one sentence and has the sections `## Why it matters`, `## Bad` and `## Good`,
    the last two with blocks of SQL. A block that begins with the comment line `-- attribute_tables/x.sql`
    stands for that file; several blocks of a section are files of one project.

    A rule whose `reads_broken` is true also sees files that could not be parsed; one whose `suppressible`
    is false takes no `-- noqa`. Of a `fixable` one some findings can be mended. A `textual` one says the same
    of a file whether the schema is known or not, and one that `judges_noqa` looks at the comments themselves,
    after all others.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    roles: ClassVar[frozenset[Role]] = frozenset(Role)
    suppressible: ClassVar[bool] = True
    reads_broken: ClassVar[bool] = False
    textual: ClassVar[bool] = False
    fixable: ClassVar[bool] = False
    judges_noqa: ClassVar[bool] = False

    @abstractmethod
    def check(self, subject: Subject) -> Iterator[Remark]:
        """Yield a remark for each place of the file where the rule is broken."""
