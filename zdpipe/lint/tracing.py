"""The expressions that make a column of the result, through attribute tables, down to the source."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from zdpipe.lint.catalog import Catalog
from zdpipe.lint.lineage import (
    items_named,
    read_through_star,
    source_of,
    stars_named,
    table_of,
    value_columns,
)
from zdpipe.lint.position import Positions
from zdpipe.lint.scopes import SCOPE_FAILURES, Scopes
from zdpipe.model.journey import Line, Trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.context import LintContext
    from zdpipe.model.query import Query


class _Text(NamedTuple):
    """A file under way: its path, where its nodes stand, and its scopes."""

    path: str
    positions: Positions
    scopes: Scopes


class _Step(NamedTuple):
    """An item of a SELECT list, the scope and file it stands in, and the column it is asked for."""

    item: exp.Expr
    scope: Scope
    text: _Text
    column: str


class Tracer:
    """Follows the columns of one query; what nobody can be sure of ends the way."""

    def __init__(self, query: Query, context: LintContext) -> None:
        self._catalog = Catalog(context)
        self._query = _Text(query.path, Positions(query.text), Scopes(query.statement, self._catalog))

    def trace(self, column: str) -> Trace:
        """Return what makes an output column, outermost first; no lines where its item is not found."""
        try:
            return self._traced(column)
        except SCOPE_FAILURES:
            return Trace(is_whole=False)

    def _traced(self, column: str) -> Trace:
        lines: dict[Line, None] = {}
        ends: dict[str, None] = {}
        pending = list(_begin(self._query, column))
        is_whole = bool(pending)
        seen: set[tuple[int, str]] = set()
        while pending:
            step = pending.pop(0)
            if (id(step.item), step.column) in seen:
                continue
            seen.add((id(step.item), step.column))
            lines.setdefault(_line(step))
            for found in self._below(step):
                if isinstance(found, str):
                    ends.setdefault(found)
                elif found is None:
                    is_whole = False
                else:
                    pending.append(found)
        return Trace(tuple(lines), tuple(ends), is_whole)

    def _below(self, step: _Step) -> Iterator[_Step | str | None]:
        """Yield the items that its columns come from, names of columns of the source, None if unsure."""
        if step.item.unnest().is_star:
            source = read_through_star(step.column, step.item, step.scope, step.text.scopes)
            yield from self._read(step.column, source) if isinstance(source, exp.Table) else ()
            return
        for column in value_columns(step.item):
            source = source_of(column, step.scope, step.text.scopes)
            table = table_of(column, step.scope, step.text.scopes)
            if table is not None:
                yield from self._read(column.name, table)
            else:
                yield from _made(step.text, source, column.name) if isinstance(source, Scope) else (None,)

    def _read(self, column: str, table: exp.Table) -> Iterator[_Step | str | None]:
        key = self._catalog.attribute_table(table)
        if key is None and not isinstance(table.this, exp.Identifier):
            yield None  # a table function
            return
        if key is None:
            yield f"{'.'.join(part.name for part in table.parts)}.{column}"
            return
        query = self._catalog.attribute_tables[key]
        inside = _Text(query.path, Positions(query.text), self._catalog.attribute_scopes(key))
        yield from _begin(inside, column) or (None,)


def _begin(text: _Text, column: str) -> list[_Step]:
    root = text.scopes.root
    return _made(text, root, column) if root is not None else []


def _made(text: _Text, scope: Scope, column: str) -> list[_Step]:
    found = items_named(column, scope, text.scopes) or stars_named(column, scope, text.scopes)
    return [_Step(one.expression, one.scope, text, column) for one in found]


def _line(step: _Step) -> Line:
    span = step.text.positions.of(step.item)
    return Line(step.text.path, span, " ".join(step.text.positions.text_of(span).split()))
