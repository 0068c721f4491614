"""Which tables a Query reads, and the attribute tables it stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from zdpipe.model.query import Query


def tables_read(query: Query) -> tuple[str, ...]:
    """Return the tables a query reads, as first written, without its CTEs and table functions."""
    names: dict[str, str] = {}
    for table in sorted(_tables(query), key=_offset):
        name = ".".join(part.name for part in table.parts)
        names.setdefault(name.casefold(), name)
    return tuple(names.values())


def attribute_tables_needed(queries: Iterable[Query], tables: Mapping[str, Query]) -> tuple[Query, ...]:
    """Return the attribute tables that the queries need, each after those it reads itself.

    A table is known by its stem in any case. Raises ProjectError when tables read each other in a circle.
    """
    by_name = {name.casefold(): table for name, table in tables.items()}
    done: dict[str, Query] = {}
    for query in queries:
        for name in _needed(query, by_name):
            _visit(name, by_name, done, ())
    return tuple(done.values())


def _visit(name: str, tables: Mapping[str, Query], done: dict[str, Query], path: tuple[str, ...]) -> None:
    if name in done:
        return
    if name in path:
        circle = [tables[step].name for step in (*path[path.index(name) :], name)]
        raise ProjectError(
            f"The attribute tables read each other in a circle: {' → '.join(circle)}.",
            f"Let {circle[-2]} read the source instead of {circle[-1]}.",
        )
    for needed in _needed(tables[name], tables):
        _visit(needed, tables, done, (*path, name))
    done[name] = tables[name]


def _needed(query: Query, tables: Mapping[str, Query]) -> tuple[str, ...]:
    return tuple(name.casefold() for name in tables_read(query) if name.casefold() in tables)


def _tables(query: Query) -> Iterator[exp.Table]:
    for statement in query.statements:
        for table in statement.find_all(exp.Table, bfs=False):
            if isinstance(table.this, exp.Identifier) and not _is_cte(table):
                yield table


def _offset(table: exp.Table) -> int:
    return int(table.parts[0].meta.get("start", 0))


def _is_cte(table: exp.Table) -> bool:
    """Tell whether a table's name is one of the CTEs in sight at its place."""
    if len(table.parts) > 1:
        return False
    name, inside = table.name.casefold(), table.parent
    own: exp.Expr | None = None
    while inside is not None:
        if isinstance(inside, exp.CTE):
            own = inside
        ctes = inside.args.get("with_")
        if isinstance(ctes, exp.With) and name in _in_sight(ctes, own):
            return True
        inside = inside.parent
    return False


def _in_sight(ctes: exp.With, own: exp.Expr | None) -> set[str]:
    """Return the names of a WITH that the body of `own`, one of its CTEs, sees; all of them outside."""
    listed = ctes.expressions
    if not ctes.recursive:
        place = next((index for index, cte in enumerate(listed) if cte is own), len(listed))
        listed = listed[:place]
    return {cte.alias.casefold() for cte in listed}
