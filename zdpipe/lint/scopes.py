"""Which names are in sight at which place of a query, read from sqlglot's scopes.

Whatever cannot be known for sure (table functions, UNNEST, LATERAL, PIVOT) is None, and whoever asks says
nothing then.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, build_scope

from zdpipe.lint.columns import Standing, columns_by_select

if TYPE_CHECKING:
    from collections.abc import Iterator

Columns = tuple[str, ...] | None

# What sqlglot's scopes have been seen to raise on trees that are legal but odd.
SCOPE_FAILURES = (
    SqlglotError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Source:
    """Something that a SELECT reads from, and its columns, None where nobody knows them."""

    columns: Columns

    @cached_property
    def by_fold(self) -> dict[str, str]:
        """The columns by their case-folded names."""
        return {name.casefold(): name for name in self.columns or ()}


class KnowsColumns(Protocol):
    """Whoever can tell the columns of a table outside the query."""

    def columns(self, table: exp.Table) -> Columns:
        """Return a table's columns, None where nobody knows them."""
        ...


class Scopes:
    """The scopes of one statement."""

    def __init__(self, statement: exp.Expr | None, catalog: KnowsColumns) -> None:
        self._statement = statement
        self._catalog = catalog
        self._memo: dict[int, Columns] = {}
        self._sources: dict[int, dict[str, Source]] = {}
        self.root: Scope | None = None
        self.all: tuple[Scope, ...] = ()
        try:
            self.root = build_scope(statement) if isinstance(statement, exp.Query) else None
            self.all = tuple(self.root.traverse()) if self.root else ()
        except SCOPE_FAILURES:
            self.root = None

    def tables(self) -> Iterator[exp.Table]:
        """Yield each table that is read and is neither a CTE nor a function."""
        seen: set[int] = set()
        for scope in self.all:
            for source in scope.sources.values():
                if isinstance(source, exp.Table) and id(source) not in seen:
                    seen.add(id(source))
                    if isinstance(source.this, exp.Identifier) and not self._is_other_cte(source):
                        yield source

    @cached_property
    def _other_ctes(self) -> frozenset[str]:
        """The CTEs that are no queries, such as DELETE … RETURNING, of which sqlglot makes no scopes."""
        ctes = self.root.expression.find_all(exp.CTE) if self.root else ()
        return frozenset(cte.alias.casefold() for cte in ctes if not isinstance(cte.this, exp.Query))

    def _is_other_cte(self, table: exp.Table) -> bool:
        return len(table.parts) == 1 and table.name.casefold() in self._other_ctes

    @cached_property
    def by_expression(self) -> dict[int, Scope]:
        """The scopes by the id of the SELECT they belong to."""
        return {id(scope.expression): scope for scope in self.all}

    @cached_property
    def standings(self) -> dict[int, list[Standing]]:
        """The columns that each SELECT reads itself, by its id."""
        return columns_by_select(self._statement) if self._statement is not None else {}

    def output(self) -> Columns:
        """Return the columns of the whole statement."""
        return self.columns(self.root) if self.root else None

    def columns(self, scope: Scope) -> Columns:
        """Return the columns that a scope gives."""
        if id(scope) not in self._memo:
            self._memo[id(scope)] = None  # for a recursive CTE
            try:
                found = self._given(scope)
            except SCOPE_FAILURES:
                found = None
            self._memo[id(scope)] = _renamed(found, scope.outer_columns)
        return self._memo[id(scope)]

    def sources(self, scope: Scope) -> dict[str, Source]:
        """Return what a scope selects from, by its alias in folded case."""
        if id(scope) not in self._sources:
            self._sources[id(scope)] = self._selected(scope) | _beyond_scopes(scope.expression)
        return self._sources[id(scope)]

    def _selected(self, scope: Scope) -> dict[str, Source]:
        try:
            selected = scope.selected_sources
        except SCOPE_FAILURES:
            return {"": Source(None)}
        return {
            alias.casefold(): Source(self._columns_of(node, source))
            for alias, (node, source) in selected.items()
        }

    def aliases_of(self, scope: Scope, derived: Scope) -> frozenset[str]:
        """Return what a scope calls a subquery that it selects from, in folded case."""
        try:
            selected = scope.selected_sources
        except SCOPE_FAILURES:
            return frozenset()
        return frozenset(alias.casefold() for alias, (_, source) in selected.items() if source is derived)

    def _columns_of(self, node: exp.Expr, source: exp.Expr | Scope) -> Columns:
        if node.args.get("pivots") or node.args.get("joins"):
            return None
        if isinstance(source, Scope):
            found = None if source.is_udtf else self.columns(source)
        elif isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            found = None if self._is_other_cte(source) else self._catalog.columns(source)
        else:
            found = None
        alias = node.args.get("alias")
        renames = [column.name for column in alias.columns] if isinstance(alias, exp.TableAlias) else []
        return _renamed(found, renames)

    def _given(self, scope: Scope) -> Columns:
        expression = scope.expression
        if isinstance(expression, exp.SetOperation):
            return self._of_set_operation(scope, expression)
        if not isinstance(expression, exp.Select) or expression.args.get("kind"):
            return None
        names: list[str] = []
        for item in expression.expressions:
            given = self.item_names(item, scope)
            if given is None:
                return None
            names.extend(given)
        return tuple(names)

    def _of_set_operation(self, scope: Scope, expression: exp.SetOperation) -> Columns:
        sides = [self.columns(side) for side in scope.set_operation_scopes]
        if not expression.args.get("by_name"):
            return sides[0] if sides else None
        left, right = sides
        if left is None or right is None:
            return None
        folded = {name.casefold() for name in left}
        return (*left, *(name for name in right if name.casefold() not in folded))

    def item_names(self, item: exp.Expr, scope: Scope) -> Columns:
        """Return the columns that one item of a SELECT list gives, None where nobody knows."""
        bare = item.unnest()
        if isinstance(bare, exp.Alias) and not bare.find(exp.Columns):
            return (bare.alias,)
        if bare.is_star:
            return self._starred(bare, scope)
        if isinstance(bare, exp.Column):
            return (self.spelled(bare, scope) or bare.name,)
        return None

    def _starred(self, item: exp.Expr, scope: Scope) -> Columns:
        star = item.this if isinstance(item, exp.Column) else item
        if not isinstance(star, exp.Star) or any(star.args.get(key) for key in ("replace", "rename")):
            return None
        sources = self.sources(scope)
        if isinstance(item, exp.Column):
            sources = {alias: found for alias, found in sources.items() if alias == item.table.casefold()}
        left_out = {column.name.casefold() for column in star.args.get("except_") or ()}
        names: list[str] = []
        for source in sources.values():
            if source.columns is None:
                return None
            names.extend(name for name in source.columns if name.casefold() not in left_out)
        return tuple(names) or None

    def spelled(self, column: exp.Column, scope: Scope) -> str | None:
        """Return a column's name as its table spells it, which is how DuckDB names the result's column."""
        for alias, source in self.sources(scope).items():
            if column.table.casefold() in {"", alias} and column.name.casefold() in source.by_fold:
                return source.by_fold[column.name.casefold()]
        return None


def _beyond_scopes(select: exp.Expr) -> dict[str, Source]:
    """Return what is read in parentheses and is no SELECT, as `(PIVOT t ON x)` is; sqlglot leaves it out."""
    clauses = [select.args.get("from_"), *(select.args.get("joins") or ())]
    relations = [clause.this for clause in clauses if clause is not None]
    return {
        relation.alias_or_name.casefold(): Source(None)
        for relation in relations
        if isinstance(relation, exp.Subquery) and not isinstance(relation.unnest(), exp.Query | exp.Table)
    }


def _renamed(columns: Columns, renames: list[str]) -> Columns:
    """Put the names of `AS t(a, b)` over the first columns."""
    if columns is None or not renames:
        return columns
    return (*renames, *columns[len(renames) :])
