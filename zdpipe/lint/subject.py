"""One file under the eyes of the rules, with the facts they share."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.outputs import Output, naming_selects, outputs_of
from zdpipe.lint.position import Positions
from zdpipe.lint.scopes import Scopes
from zdpipe.lint.types import result_types

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zdpipe.lint.catalog import Catalog
    from zdpipe.lint.context import LintContext
    from zdpipe.lint.silence import Silence
    from zdpipe.model.query import Query


class Subject:
    """A query, what is known around it, and what several rules would otherwise each work out."""

    def __init__(
        self,
        query: Query,
        context: LintContext,
        catalog: Catalog,
        queries: Sequence[Query],
        silence: Silence,
    ) -> None:
        self.query = query
        self.context = context
        self.catalog = catalog
        self.queries = queries
        self.silence = silence
        self.positions = Positions(query.text)

    @cached_property
    def scopes(self) -> Scopes:
        """The scopes of the one statement."""
        return Scopes(self.query.statement, self.catalog)

    @cached_property
    def naming_selects(self) -> tuple[exp.Select, ...]:
        """The SELECTs that name the result's columns."""
        return tuple(naming_selects(self.query.statement))

    @cached_property
    def outputs(self) -> tuple[Output, ...]:
        """The items that name the result's columns."""
        return tuple(output for select in self.naming_selects for output in outputs_of(select))

    @cached_property
    def names(self) -> tuple[tuple[str, Output], ...]:
        """The names of the result's columns, as DuckDB will spell them, with the items that bear them."""
        return tuple(
            (self._spelled(output, output.name), output) for output in self.outputs if output.name is not None
        )

    def _spelled(self, output: Output, name: str) -> str:
        column = output.item.unnest()
        if output.is_aliased or not isinstance(column, exp.Column):
            return name
        scope = self.scopes.by_expression.get(id(output.item.parent_select))
        # Without a schema nobody can tell how the table spells its column.
        return (self.scopes.spelled(column, scope) if scope else None) or name.lower()

    @cached_property
    def typed(self) -> tuple[tuple[str, Output, exp.DataType | None], ...]:
        """The result's columns with their types, where every one is known by name and the SELECTs are one."""
        if not self.has_all_names or len(self.naming_selects) != 1:
            return ()
        types = result_types(self.query, self.catalog, len(self.outputs))
        return tuple((name, output, kind) for (name, output), kind in zip(self.names, types, strict=True))

    @cached_property
    def has_all_names(self) -> bool:
        """Whether every column of the result is known by name; an empty list of columns is."""
        return bool(self.naming_selects) and all(output.name is not None for output in self.outputs)

    def has_column(self, name: str) -> bool:
        """Tell whether the result has a column, in whatever case."""
        return any(known.casefold() == name for known, _ in self.names)
