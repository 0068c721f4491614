"""ZD106 duplicate-output-column."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.edits import holds_comment
from zdpipe.lint.outputs import outputs_of
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.finding import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zdpipe.lint.outputs import Output
    from zdpipe.lint.subject import Subject


class DuplicateOutputColumn(Rule):
    """Two columns of the result have one name.

    ## Why it matters
    A Zendesk user has each field once, so one of the two values would silently win. Names that differ only in
    case are one name to the engine.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, surname AS name FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, surname AS "user_fields.surname" FROM Customer_360
    ```
    """

    code = "ZD106"
    name = "duplicate-output-column"
    textual = True
    fixable = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Compare the names within each SELECT list."""
        for select in subject.naming_selects:
            yield from self._in_list(outputs_of(select), subject)

    def _in_list(self, outputs: Sequence[Output], subject: Subject) -> Iterator[Remark]:
        by_name: dict[str, list[Output]] = {}
        for output in outputs:
            by_name.setdefault((output.name or "").casefold(), []).append(output)
        are_one = {name: _are_one(same) for name, same in by_name.items()}
        for before, output in pairwise(outputs):
            same = by_name[(output.name or "").casefold()]
            if output.name is not None and same[0] is not output:
                place = subject.positions.of(same[0].named_by)
                yield Remark(
                    subject.positions.of(output.named_by),
                    f"The column `{output.name}` is already there, in line {place.line}, "
                    f"column {place.column}. Keep one of them, or give this one another name with AS.",
                    _removal(before, output, subject) if are_one[output.name.casefold()] else (),
                )


def _are_one(outputs: Sequence[Output]) -> bool:
    """Tell whether all of them are one and the same plain column under one spelling."""
    columns = [output.item.unalias() for output in outputs]
    return (
        isinstance(columns[0], exp.Column)
        and all(column == columns[0] for column in columns)
        and len({output.name for output in outputs}) == 1
    )


def _counts_places(select: exp.Select) -> bool:
    """Tell whether `GROUP BY 2` or `ORDER BY 2` may mean a place in the list."""
    clauses = (select.args.get("group"), select.args.get("order"))
    return any(clause is not None and clause.find(exp.Literal) for clause in clauses)


def _removal(before: Output, output: Output, subject: Subject) -> tuple[Edit, ...]:
    """Take a column out together with its comma, where no place in the list is counted."""
    statement = subject.query.statement
    if not isinstance(statement, exp.Select) or _counts_places(statement):
        return ()
    start, end = subject.positions.extent(before.item)[1], subject.positions.extent(output.item)[1]
    if holds_comment(subject.positions.text[start:end]):
        return ()
    return (Edit(start, end, ""),)
