"""What a rule is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from zdpipe.model.finding import Severity, Span
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule has to say about one place: what is wrong, and the cure."""

    span: Span
    message: str
    fixable: bool = False


class Rule(ABC):
    """One thing to look for; the docstring of a rule is its documentation.

    A docstring begins with one sentence and has the sections `## Why it matters`, `## Bad` and `## Good`,
    the last two with blocks of SQL. A block that begins with the comment line `-- attribute_tables/x.sql`
    stands for that file; several blocks of a section are files of one project.

    A rule whose `reads_broken` is true also sees files that could not be parsed; one whose `suppressible`
    is false takes no `-- noqa`.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    roles: ClassVar[frozenset[Role]] = frozenset(Role)
    suppressible: ClassVar[bool] = True
    reads_broken: ClassVar[bool] = False

    @abstractmethod
    def check(self, subject: Subject) -> Iterator[Remark]:
        """Yield a remark for each place of the file where the rule is broken."""
