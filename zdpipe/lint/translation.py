"""Parts of a query in another dialect that DuckDB has nothing for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel

from zdpipe.lint.duckdb_functions import known_functions
from zdpipe.lint.scopes import SCOPE_FAILURES
from zdpipe.model.dialect import ENGINE_DIALECT

if TYPE_CHECKING:
    from collections.abc import Iterator

_CALL = re.compile(r"(\w+)\(")
_FAILURES = (*SCOPE_FAILURES, ArithmeticError, NotImplementedError)


class Loss(NamedTuple):
    """A node that does not survive, and sqlglot's words for it."""

    node: exp.Expr
    reason: str


class MissingFunction(NamedTuple):
    """A call of a function that DuckDB would not know, by the name it would be called by."""

    node: exp.Expr
    name: str


def losses(statement: exp.Expr) -> Iterator[Loss]:
    """Yield the innermost nodes that sqlglot cannot say in DuckDB's SQL."""
    for reason in dict.fromkeys(_complaints(statement)):
        yield from _innermost(statement, reason)


def _innermost(node: exp.Expr, reason: str) -> Iterator[Loss]:
    inner = [
        loss
        for child in node.iter_expressions()
        if reason in _complaints(child)
        for loss in _innermost(child, reason)
    ]
    yield from inner or [Loss(node, reason)]


def _complaints(node: exp.Expr) -> list[str]:
    generator = Dialect.get_or_raise(ENGINE_DIALECT).generator(unsupported_level=ErrorLevel.IGNORE)
    try:
        generator.generate(node, copy=True)
    except RecursionError:
        raise
    except _FAILURES as error:
        return [f"{type(node).__name__} ({type(error).__name__})"]
    return list(generator.unsupported_messages)


def missing_functions(statement: exp.Expr) -> Iterator[MissingFunction]:
    """Yield the innermost calls that would become calls of a function that DuckDB does not have."""
    passed_on: set[tuple[int, str]] = set()
    for node in reversed(list(statement.find_all(exp.Func, bfs=True))):
        name = None if isinstance(node, exp.Connector) else _called(node)
        if name is None or name in known_functions():
            continue
        if (id(node), name) not in passed_on:
            yield MissingFunction(node, name)
        ancestor = node.parent
        while ancestor is not None:  # what begins with a call is written as if it were that call
            passed_on.add((id(ancestor), name))
            ancestor = ancestor.parent


def _called(node: exp.Expr) -> str | None:
    try:
        call = _CALL.match(node.sql(dialect=ENGINE_DIALECT, unsupported_level=ErrorLevel.IGNORE))
    except RecursionError:
        raise
    except _FAILURES:
        return None
    return call[1].lower() if call else None
