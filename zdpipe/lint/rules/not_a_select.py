"""ZD103 not-a-select."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.rule import Remark, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class NotASelect(Rule):
    """A statement does something else than read.

    ## Why it matters
    A query is a SELECT, with or without WITH, and nothing but that: the source is opened read-only, and a
    statement such as INSERT, CREATE, COPY, ATTACH, INSTALL, SET or PRAGMA is refused by the engine. The same
    holds for a CTE that changes data, and for SELECT INTO. An empty file has no rows to send.

    ## Bad
    ```sql
    CREATE TABLE people AS SELECT amperity_id AS external_id, full_name AS name FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360
    ```
    """

    code = "ZD103"
    name = "not-a-select"
    textual = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look at the kind of each statement, and for writing inside of those that read."""
        if not subject.query.statements:
            yield Remark(
                subject.positions.span(0, 0),
                "This file holds no SQL. Write the SELECT whose rows are to be sent.",
            )
        for statement in subject.query.statements:
            if isinstance(statement, exp.Select | exp.SetOperation | exp.Subquery):
                yield from self._writes_inside(statement, subject)
            else:
                span = subject.positions.first_word(statement)
                word = subject.positions.text_of(span).upper()
                yield Remark(span, f"{word} is not a SELECT, and zdpipe only reads. Write SELECT … FROM ….")

    def _writes_inside(self, statement: exp.Expr, subject: Subject) -> Iterator[Remark]:
        for node in statement.find_all(exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into):
            kind = "SELECT INTO" if isinstance(node, exp.Into) else node.key.upper()
            yield Remark(
                subject.positions.first_word(node),
                f"{kind} changes data, and zdpipe only reads. Leave it out.",
            )
