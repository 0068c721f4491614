"""Columns that no table in sight has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.scopes import Scopes, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot.optimizer.scope import Scope

    from zdpipe.lint.columns import Standing

# Words that are a value or a pseudo-column in some dialect, and parse like a column.
_NO_COLUMN_WORDS = """
    _rowid_ all ctid current_catalog current_database current_date current_role current_schema
    current_time current_timestamp current_user day dayofweek default epoch false filename hour
    infinity isoweek level localtime localtimestamp microsecond millisecond minute month nan now
    null oid quarter rowid rownum second session_user sysdate system_user systimestamp today true
    user value week weekday year
"""
_NO_COLUMNS = frozenset(_NO_COLUMN_WORDS.split())


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a column was not found: its table (`is_table`), or itself; and the names that are there."""

    known: tuple[str, ...]
    is_table: bool = False


@dataclass(frozen=True, slots=True)
class _Sight:
    """What one scope offers: what it reads, every table named in it, and the aliases it makes, by place."""

    sources: dict[str, Source]
    qualifiers: frozenset[str]
    aliases: dict[str, int]


def misses(scopes: Scopes) -> Iterator[tuple[exp.Column, Miss]]:
    """Yield each column that surely is nowhere to be found."""
    resolver = _Resolver(scopes)
    for scope in scopes.all:
        for standing in _columns(scope, scopes):
            miss = resolver.miss(standing, scope)
            if miss:
                yield standing.column, miss
        yield from _left_out_in_vain(scope, scopes)


def ambiguities(scopes: Scopes) -> Iterator[tuple[exp.Column, tuple[str, ...]]]:
    """Yield each column without a table that several sources of a scope surely have, with their aliases."""
    for scope in scopes.all:
        for standing in _columns(scope, scopes):
            if standing.column.table:
                continue
            having = _having(standing.column.name.casefold(), scope, scopes)
            if len(having) > 1 and (standing.item is not None or not _is_made(standing.column, scope)):
                yield standing.column, having


def _having(name: str, scope: Scope, scopes: Scopes) -> tuple[str, ...]:
    """Return the aliases that have a column of that name, in the innermost scope in which one has it."""
    around: Scope | None = scope
    while around is not None and isinstance(around.expression, exp.Select):
        sources = scopes.sources(around)
        having = tuple(alias for alias, source in sources.items() if name in source.by_fold)
        if having or any(source.columns is None for source in sources.values()):
            return having if _keeps_apart(name, around.expression) else ()
        around = None if around.is_cte else around.parent
    return ()


def _keeps_apart(name: str, select: exp.Select) -> bool:
    """Tell whether the joins of a SELECT leave two columns of one name two."""
    joins = select.args.get("joins") or ()
    if any(join.kind in {"SEMI", "ANTI"} or join.method for join in joins):
        return False
    return name not in {column.name.casefold() for join in joins for column in join.args.get("using") or ()}


def _is_made(column: exp.Column, scope: Scope) -> bool:
    """Tell whether an item of the SELECT list has a column's name."""
    items = scope.expression.expressions
    return column.name.casefold() in {item.alias.casefold() for item in items if isinstance(item, exp.Alias)}


def _columns(scope: Scope, scopes: Scopes) -> list[Standing]:
    if scope.is_udtf or not isinstance(scope.expression, exp.Select):
        return []
    return [one for one in scopes.standings.get(id(scope.expression), ()) if not _is_no_column(one.column)]


def _left_out_in_vain(scope: Scope, scopes: Scopes) -> Iterator[tuple[exp.Column, Miss]]:
    """Yield the columns that a star is to leave out and does not have, which DuckDB refuses."""
    for item in scope.expression.expressions:
        bare = item.unnest()
        star = bare.this if isinstance(bare, exp.Column) else bare
        left_out = (star.args.get("except_") or ()) if isinstance(star, exp.Star) else ()
        alias = bare.table.casefold() if isinstance(bare, exp.Column) else ""
        sources = [source for name, source in scopes.sources(scope).items() if alias in {"", name}]
        if not sources or any(source.columns is None for source in sources):
            continue
        known = tuple(name for source in sources for name in source.columns or ())
        folded = {name.casefold() for name in known}
        for column in left_out:
            if isinstance(column, exp.Column) and column.name.casefold() not in folded:
                yield column, Miss(known)


def _is_no_column(column: exp.Column) -> bool:
    return len(column.parts) > 2 or (not column.table and column.name.casefold() in _NO_COLUMNS)


class _Resolver:
    """Looks columns up from the innermost scope outward."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._sights: dict[int, _Sight] = {}

    def miss(self, standing: Standing, scope: Scope) -> Miss | None:
        """Return why a column cannot be, None when it is there or might be."""
        column, place = standing
        if column.table:
            return self._qualified(column, scope, place)
        return self._plain(column.name, scope, place)

    def _qualified(self, column: exp.Column, scope: Scope, place: int | None) -> Miss | None:
        table, name = column.table.casefold(), column.name.casefold()
        for sight in self._outward(scope):
            if table in sight.sources:
                source = sight.sources[table]
                may_be = source.columns is None or column.is_star or name in source.by_fold
                return None if may_be or name in _NO_COLUMNS else Miss(source.columns or ())
            if table in sight.qualifiers:
                return None
        # `a.b` may also be the field b of a struct a.
        if self._plain(column.table, scope, place) is None:
            return None
        aliases = (alias for sight in self._outward(scope) for alias in sight.sources)
        return Miss(tuple(alias for alias in aliases if alias), is_table=True)

    def _plain(self, name: str, scope: Scope, place: int | None) -> Miss | None:
        folded = name.casefold()
        known: dict[str, None] = {}
        for index, sight in enumerate(self._outward(scope)):
            made_at = sight.aliases.get(folded)
            is_made = made_at is not None and (index > 0 or place is None or made_at < place)
            if is_made or folded in sight.sources:
                return None
            for source in sight.sources.values():
                if source.columns is None or folded in source.by_fold:
                    return None
                known.update(dict.fromkeys(source.columns))
        return Miss(tuple(known))

    def _outward(self, scope: Scope) -> Iterator[_Sight]:
        """Yield what a scope offers, then what those around it do as far as it may refer to them."""
        yield self._sight(scope)
        current = scope
        while (around := current.parent) is not None:
            if current.is_cte and not around.is_subquery:
                return
            sight = self._sight(around)
            # DuckDB lets a subquery in FROM refer to the tables before it, and never to itself.
            own = self._scopes.aliases_of(around, current) if current.is_derived_table else None
            yield sight if own is None else _without(sight, own)
            current = around

    def _sight(self, scope: Scope) -> _Sight:
        if id(scope) not in self._sights:
            self._sights[id(scope)] = self._look(scope)
        return self._sights[id(scope)]

    def _look(self, scope: Scope) -> _Sight:
        expression = scope.expression
        items = expression.expressions if isinstance(expression, exp.Select) else ()
        sources = dict(self._scopes.sources(scope))
        for join in expression.args.get("joins") or ():
            if join.kind in {"SEMI", "ANTI"}:  # sqlglot keeps them out of what is selected from
                sources[join.alias_or_name.casefold()] = Source(None)
        aliases: dict[str, int] = {}
        for place, item in enumerate(items):
            if isinstance(item, exp.Alias):
                aliases.setdefault(item.alias.casefold(), place)
        return _Sight(sources, frozenset(name.casefold() for name in scope.sources), aliases)


def _without(sight: _Sight, own: frozenset[str]) -> _Sight:
    others = {alias: source for alias, source in sight.sources.items() if alias not in own}
    return _Sight(others, sight.qualifiers - own, {})
