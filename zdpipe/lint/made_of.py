"""What a column of a result is made of, down to the source's own columns, however it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from zdpipe.lint.catalog import Catalog
from zdpipe.lint.lineage import items_named, source_of
from zdpipe.lint.scopes import SCOPE_FAILURES, Scopes
from zdpipe.model.dialect import ENGINE_DIALECT

if TYPE_CHECKING:
    from zdpipe.lint.context import LintContext
    from zdpipe.model.query import Query


def made_of(name: str, query: Query, context: LintContext) -> str | None:
    """Return the expression that makes a column, with everything in it traced to tables of the source.

    Layout, comments, aliases and the names of subqueries leave no trace; attribute tables are looked
    through. Empty where the result has no such column, None where nobody can tell.
    """
    catalog = Catalog(context)
    scopes = Scopes(query.statement, catalog)
    if scopes.root is None:
        return None
    try:
        columns = scopes.output()
        if columns is not None and name.casefold() not in (column.casefold() for column in columns):
            return ""
        return _Tracer(catalog).column(name, scopes.root, scopes)
    except (_Untraceable, *SCOPE_FAILURES):
        return None


_NAME = re.compile(r"[\w.]+")


class _Untraceable(Exception):
    """Raised where a column cannot be followed."""


class _Tracer:
    """Follows columns through SELECT lists; `_under_way` are those that are being followed."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._under_way: set[tuple[str, int]] = set()

    def column(self, name: str, scope: Scope, scopes: Scopes) -> str:
        """Return what a scope's column is made of; what several SELECTs give is listed."""
        place = (name.casefold(), id(scope))
        if place in self._under_way:
            return "…"  # a recursive CTE
        self._under_way.add(place)
        try:
            texts = {
                self._item(origin.expression, origin.scope, scopes)
                for origin in items_named(name, scope, scopes)
                if not origin.expression.unnest().is_star
            }
            return " | ".join(sorted(texts)) if texts else self._starred(name, scope, scopes)
        finally:
            self._under_way.discard(place)

    def _item(self, item: exp.Expr, scope: Scope, scopes: Scopes) -> str:
        bare = item.unalias()
        traced = bare.copy()
        pairs = zip(list(bare.find_all(exp.Column)), list(traced.find_all(exp.Column)), strict=True)
        for column, place in pairs:
            text = exp.Var(this=self._read(column, scope, scopes))
            if place is traced:
                traced = text
            else:
                place.replace(text)
        return traced.sql(dialect=ENGINE_DIALECT, comments=False)

    def _read(self, column: exp.Column, scope: Scope, scopes: Scopes) -> str:
        source = source_of(column, scope, scopes)
        if isinstance(source, Scope):
            return _bracketed(self.column(column.name, source, scopes))
        return (
            self._of_table(column.name, source) if isinstance(source, exp.Table) else column.name.casefold()
        )

    def _starred(self, name: str, scope: Scope, scopes: Scopes) -> str:
        """Return what a column is made of that a star brings from a table."""
        for alias, (_, source) in scope.selected_sources.items():
            known = scopes.sources(scope).get(alias.casefold())
            if isinstance(source, exp.Table) and known is not None and name.casefold() in known.by_fold:
                return self._of_table(name, source)
        raise _Untraceable

    def _of_table(self, name: str, table: exp.Table) -> str:
        key = self._catalog.attribute_table(table)
        if key is None:
            parts = ".".join(part.name for part in table.parts)
            return f"{parts}.{name}".casefold()
        inner = self._catalog.attribute_scopes(key)
        if inner.root is None:
            raise _Untraceable
        return _bracketed(self.column(name, inner.root, inner))


def _bracketed(text: str) -> str:
    return text if _NAME.fullmatch(text) else f"({text})"
