"""The tables of the source and the attribute tables, and the columns they have."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.scopes import Columns, Scopes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zdpipe.lint.context import LintContext
    from zdpipe.model.query import Query

# Schemas in which databases describe themselves; what they hold is not part of schema.json.
_SYSTEM_SCHEMAS = frozenset({"information_schema", "pg_catalog", "system"})
_MAIN = "main"


class Catalog:
    """Every table a query may read; names count whatever their case."""

    def __init__(self, context: LintContext) -> None:
        self.has_schema = context.schema is not None
        self.source: dict[str, Mapping[str, str]] = {}
        self._names: dict[str, str] = {}
        for name, columns in (context.schema.tables if context.schema else {}).items():
            self.source[name.casefold()] = columns
            self._names[name.casefold()] = name
        self.attribute_tables: dict[str, Query] = {
            name.casefold(): query for name, query in context.attribute_tables.items()
        }
        self._outputs: dict[str, Columns] = {}
        self._scopes: dict[str, Scopes] = {}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all tables, as they are written in the source and on disk."""
        return (*self._names.values(), *(query.name for query in self.attribute_tables.values()))

    def source_name(self, name: str) -> str | None:
        """Return the source's own spelling of a table name, None when the source has no such table."""
        return self._names.get(name.casefold())

    def knows(self, table: exp.Table) -> bool:
        """Tell whether a table is there, or is none that a schema would list."""
        parts = [part.name.casefold() for part in table.parts]
        if not self.has_schema or set(parts[:-1]) & _SYSTEM_SCHEMAS:
            return True
        return self.attribute_table(table) is not None or self._source_columns(parts) is not None

    def attribute_table(self, table: exp.Table) -> str | None:
        """Return the key of the attribute table that is read here, None when it is none."""
        name = table.name.casefold()
        return name if len(table.parts) == 1 and name in self.attribute_tables else None

    def columns(self, table: exp.Table) -> Columns:
        """Return a table's columns in their order and spelling, None where nobody knows them."""
        key = self.attribute_table(table)
        if key is not None:
            return self.attribute_columns(key)
        found = self._source_columns([part.name.casefold() for part in table.parts])
        return tuple(found) if found is not None else None

    def type_of(self, column: str, table: exp.Table) -> str | None:
        """Return the SQL type of a column of the source's own tables, None where it is unknown."""
        if self.attribute_table(table) is not None:
            return None
        columns = self._source_columns([part.name.casefold() for part in table.parts]) or {}
        return next((kind for name, kind in columns.items() if name.casefold() == column.casefold()), None)

    def attribute_columns(self, key: str) -> Columns:
        """Return the columns that an attribute table gives."""
        if key not in self._outputs:
            self._outputs[key] = None  # for a table that reads itself
            self._outputs[key] = self.attribute_scopes(key).output()
        return self._outputs[key]

    def attribute_scopes(self, key: str) -> Scopes:
        """Return the scopes of an attribute table's SQL."""
        if key not in self._scopes:
            self._scopes[key] = Scopes(self.attribute_tables[key].statement, self)
        return self._scopes[key]

    def _source_columns(self, parts: list[str]) -> Mapping[str, str] | None:
        """Find a table by its dotted name; what one side leaves out in front does not matter."""
        name = ".".join(parts)
        if name in self.source:
            return self.source[name]
        if len(parts) == 3 and parts[1] == _MAIN:  # DuckDB's own schema, which the source's names leave out
            return self._source_columns([parts[0], parts[2]])
        for known, columns in self.source.items():
            if f".{name}".endswith(f".{known}") or f".{known}".endswith(f".{name}"):
                return columns
        return None
