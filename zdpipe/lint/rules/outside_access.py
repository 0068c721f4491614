"""ZD602 outside-access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.outside import file_read_by, is_outside_function
from zdpipe.lint.rule import Remark, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class OutsideAccess(Rule):
    """The query reaches for something outside the source.

    ## Why it matters
    A query reads the tables of its source and nothing else: the engine runs it without access to files, the
    network, other databases, the environment, settings or secrets. That goes for functions that read or write
    files (`read_csv`, `parquet_scan`, `glob`, …), other databases (`postgres_query`, `sqlite_scan`, …) or the
    environment (`getenv`), for those that show settings and secrets (`current_setting`, `duckdb_secrets`,
    `pragma_…`), for those that run SQL held in a string (`query`, `query_table`), and for files and addresses
    read like tables (`FROM 'people.csv'`). Files become tables under `[source] tables` in zdpipe.toml.

    ## Bad
    ```sql
    SELECT id AS external_id, name FROM read_csv('people.csv')
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360
    ```
    """

    code = "ZD602"
    name = "outside-access"

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look at every function and table of the file, wherever it stands."""
        for statement in subject.query.statements:
            for node in statement.find_all(exp.Func, exp.Table):
                if isinstance(node, exp.Table):
                    yield from self._table(node, subject)
                elif is_outside_function(node):
                    span = subject.positions.of_name(node)
                    name = subject.positions.text_of(span).lower()
                    yield Remark(
                        span,
                        f"`{name}` reaches outside the source, which the engine refuses. "
                        "Read a table of the source.",
                    )

    def _table(self, table: exp.Table, subject: Subject) -> Iterator[Remark]:
        file = file_read_by(table, subject)
        if file:
            yield Remark(
                subject.positions.of_table(table),
                f"`{file}` is a file or an address, and the engine opens none. "
                "Make it a table under `[source] tables` in zdpipe.toml.",
            )
