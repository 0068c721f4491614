"""ZD102 several-statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.rule import Remark, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class SeveralStatements(Rule):
    """The file holds more than one statement.

    ## Why it matters
    One file is one mapping: its rows become the users that are sent. With two statements it would not be said
    which of them that is.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360;
    SELECT email, full_name AS name FROM Customer_360;
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360;
    ```
    """

    code = "ZD102"
    name = "several-statements"
    textual = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Point at the second statement."""
        statements = subject.query.statements
        if len(statements) > 1:
            yield Remark(
                subject.positions.first_word(statements[1]),
                f"This file holds {len(statements)} statements, and a query is one SELECT. "
                "Move the others to files of their own.",
            )
