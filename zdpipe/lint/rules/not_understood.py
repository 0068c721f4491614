"""ZD115 not-understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.rule import Remark, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class NotUnderstood(Rule):
    """DuckDB can read the file, and zdpipe cannot.

    ## Why it matters
    The SQL is right, but written in a way that zdpipe does not follow, so no other rule looks at the file:
    nobody would notice a column such as `role`, or an attribute table that it needs. That is why the query
    does not run. Mostly there is another way to write the part that is pointed at. Where there is none,
    `not-understood = "warning"` under `[lint.severity]` in zdpipe.toml lets such files run unchecked; they
    cannot read attribute tables then.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360 ORDER BY amperity_id <<| 1
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360 ORDER BY amperity_id
    ```
    """

    code = "ZD115"
    name = "not-understood"
    suppressible = False
    reads_broken = True
    textual = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Pass on where zdpipe gave up on a file that DuckDB reads."""
        problem = subject.query.problem
        if problem is not None and problem.engine_reads:
            yield Remark(
                problem.span,
                "DuckDB can read this file, but zdpipe cannot from here on, and so cannot check it. "
                "Write this part in another way.",
            )
