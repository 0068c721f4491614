"""ZD112 untranslatable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.duckdb_functions import known_functions
from zdpipe.lint.misfits import misfits, parameters
from zdpipe.lint.nearest import did_you_mean
from zdpipe.lint.rule import Remark, Rule
from zdpipe.lint.translation import losses, missing_functions
from zdpipe.model.dialect import ENGINE_DIALECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from zdpipe.lint.subject import Subject
    from zdpipe.model.finding import Span

_CURE = "Write it otherwise, or all in DuckDB's SQL with `-- zdpipe: dialect=duckdb` at the top of the file."


class Untranslatable(Rule):
    """A part of the query has no counterpart in the engine it runs on.

    ## Why it matters
    Queries written for Trino, Spark, Snowflake, BigQuery and others are translated and run in DuckDB. What
    DuckDB has nothing for would stop the run, or mean something else there. So would a parameter, such as
    `?` or `:day`, which has no value in any dialect.

    With `engine = "spark"` a query is put into Spark's SQL in words that give what DuckDB would give. Where
    there are none, or nobody has tried, it is said here; a file in `dialect=spark` runs there as it stands.

    ## Bad
    ```sql
    -- zdpipe: dialect=trino
    SELECT amperity_id AS external_id, word_stem(full_name) AS name FROM Customer_360
    ```

    ## Good
    ```sql
    -- zdpipe: dialect=trino
    SELECT amperity_id AS external_id, element_at(split(full_name, ' '), 1) AS name FROM Customer_360
    ```
    """

    code = "ZD112"
    name = "untranslatable"
    textual = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Translate the query, and look for what is lost and for functions that nobody knows."""
        dialect = subject.query.dialect
        statement = subject.query.statement
        if statement is None:
            return
        for node in parameters(statement):
            yield Remark(_with_mark(node, subject), "Nobody gives this a value. Write the value itself.")
        engine = subject.context.engine
        if engine is not None:
            for node, reason in engine.losses(subject.query):
                yield Remark(
                    subject.positions.of(node),
                    f"{engine.name} would read this otherwise: {reason}. {engine.cure}",
                )
            if dialect == engine.dialect:
                return
        if dialect == ENGINE_DIALECT:
            return
        lost = [*losses(statement), *misfits(statement, dialect)]
        for node, reason in lost:
            yield Remark(subject.positions.of(node), f"DuckDB has no counterpart for this: {reason}. {_CURE}")
        for node, name in missing_functions(statement):
            if not any(node is one for one, _ in lost):
                guess = did_you_mean(name, known_functions())
                yield Remark(
                    subject.positions.call(node) or subject.positions.of_name(node),
                    f"DuckDB has no function `{name}`, and no counterpart is known.{guess} {_CURE}",
                )


def _with_mark(parameter: exp.Expr, subject: Subject) -> Span:
    """Return the place of a parameter with the sign before it, which sqlglot leaves out."""
    start, end = subject.positions.extent(parameter)
    before = subject.positions.text[start - 1 : start]
    return subject.positions.span(start - 1 if before in {"$", ":", "@"} else start, end)
