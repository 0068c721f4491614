"""ZD113 unknown-function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.duckdb_functions import known_functions
from zdpipe.lint.foreign_functions import INSTEAD
from zdpipe.lint.nearest import did_you_mean
from zdpipe.lint.outside import is_outside_function
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.dialect import ENGINE_DIALECT
from zdpipe.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class UnknownFunction(Rule):
    """A function is none of DuckDB's.

    ## Why it matters
    The run would stop at it. Macros of the source's database and functions of extensions that its `setup`
    loads are not known here: for those, ignore this rule in zdpipe.toml.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, initcap(full_name) AS name FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, upper(full_name) AS name FROM Customer_360
    ```
    """

    code = "ZD113"
    name = "unknown-function"
    severity = Severity.WARNING
    textual = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look up the word that each function is called by."""
        if subject.query.dialect != ENGINE_DIALECT:
            return
        told = set()
        for statement in subject.query.statements:
            for node in statement.find_all(exp.Func):
                span = subject.positions.call(node)
                if span is None or span in told or is_outside_function(node):
                    continue
                told.add(span)
                word = subject.positions.text_of(span).lower()
                if word not in known_functions():
                    yield Remark(span, f"DuckDB has no function `{word}`.{_cure(word)}")


def _cure(word: str) -> str:
    instead = INSTEAD.get(word)
    if instead:
        return (
            f" Write `{instead}`, or name the dialect in the file's first line: `-- zdpipe: dialect=trino`."
        )
    return f"{did_you_mean(word, known_functions())} A macro of the database would be fine."
