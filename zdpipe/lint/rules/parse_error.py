"""ZD101 parse-error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.rule import Remark, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class ParseError(Rule):
    """The file is not SQL in its dialect.

    ## Why it matters
    What cannot be read cannot be run or checked, so no other rule looks at the file. A comment cannot
    suppress this finding. The dialect comes from the header line `-- zdpipe: dialect=trino`,
    or from zdpipe.toml.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360
    ```
    """

    code = "ZD101"
    name = "parse-error"
    suppressible = False
    reads_broken = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Pass on what kept the file from being parsed."""
        problem = subject.query.problem
        if problem is not None and not problem.engine_reads:
            yield Remark(problem.span, problem.message)
