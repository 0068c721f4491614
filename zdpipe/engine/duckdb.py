"""The DuckDB session that runs queries: read-only, locked down, streaming."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import polars as pl

from zdpipe.engine.complaints import query_errors
from zdpipe.engine.hidden import Hidden
from zdpipe.engine.lockdown import open_locked
from zdpipe.engine.parquet import write_parquet
from zdpipe.engine.pass_through import refuse_pass_through
from zdpipe.engine.place import Place
from zdpipe.engine.readable import huge_columns, readable, settle_types
from zdpipe.engine.session import DEFAULT_ROWS, Frames, refuse_repeated_names
from zdpipe.engine.spill import spill_folder
from zdpipe.engine.stream import open_stream
from zdpipe.engine.table_files import find_table_files, identifier, literal
from zdpipe.errors import ProjectError, QueryError
from zdpipe.model.schema import SourceSchema
from zdpipe.project.tables import Limits, Source


def open_session(source: Source, limits: Limits, temp_folder: Path, place: Place | None = None) -> Session:
    """Open the source for reading; use the session as a context manager, or close it.

    Under `temp_folder` the session makes a folder of its own to spill to. `place` is where `[source] setup`
    finds secrets and files. Raises ProjectError, CredentialError or QueryError when the source cannot be
    opened, StateError when `temp_folder` cannot be written.
    """
    if source.database is None and not source.tables and not source.setup:
        raise ProjectError(
            "The project names no source.",
            'Add [source] database = "data/customer_360.duckdb" (or tables) to zdpipe.toml.',
        )
    tables = find_table_files({name: Path(found) for name, found in source.tables.items()})
    with ExitStack() as stack:
        spill = stack.enter_context(spill_folder(temp_folder))
        hidden = Hidden()
        con = open_locked(source, tables, limits, spill, place or Place(), hidden)
        stack.callback(con.close)
        return Session(con, hidden, stack.pop_all())


class Session:
    """An open source; one query at a time, since an open Arrow reader blocks DuckDB's connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection, hidden: Hidden, resources: ExitStack) -> None:
        self._con = con
        self._hide = hidden.hide
        self._attribute_tables: set[str] = set()
        self._frames: Frames | None = None
        self._resources = resources

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database and remove the session's temporary files; closing twice does nothing."""
        if self._frames is not None:
            self._frames.close()  # an open reader would keep the database open for this whole process
        self._resources.close()

    def schema(self) -> SourceSchema:
        """Return the source's tables and views; those outside the main schema by their qualified names."""
        with query_errors(hide=self._hide):
            rows = self._con.execute(_COLUMNS).fetchall()
        tables: dict[str, dict[str, str]] = {}
        for database, schema, table, column, kind in rows:
            if database == "temp" and table in self._attribute_tables:
                continue
            outer = [part for part in (database, schema) if part not in {None, "temp", "main"}]
            tables.setdefault(".".join([*outer, table]), {})[column] = kind
        return SourceSchema(tables)

    def create_attribute_table(self, name: str, sql: str) -> None:
        """Make an attribute table readable under its name; those it reads from must have been made before."""
        text = self._checked(sql)
        with query_errors(hide=self._hide):
            self._con.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(name)} AS\n{text}\n")
        self._attribute_tables.add(name)

    def describe(self, sql: str) -> list[tuple[str, str]]:
        """Return names and types of a query's output columns without running it."""
        relation = self._bound(sql)
        return list(zip(relation.columns, [str(kind) for kind in relation.types], strict=True))

    def batches(self, sql: str, rows: int = DEFAULT_ROWS) -> Frames:
        """Run a query and yield its rows in frames of at most about `rows`; at least one frame, maybe empty.

        The session serves no other query until the iterator has ended or was closed.
        """
        relation = self._bound(sql)
        refuse_repeated_names(relation.columns)
        self._frames = self._stream(relation, rows)
        return self._frames

    def _stream(self, relation: duckdb.DuckDBPyRelation, rows: int) -> Frames:
        huge = huge_columns(relation)
        with open_stream(self._con, readable(relation), rows, self._hide) as stream:
            yielded = False
            for batch in stream:
                yield settle_types(pl.DataFrame(pl.from_arrow(batch)), huge)
                yielded = True
            if not yielded:
                yield settle_types(pl.DataFrame(pl.from_arrow(stream.schema.empty_table())), huge)

    def narrowed(self, sql: str, columns: Sequence[str], texts: Sequence[str], blanks: str) -> str:
        """Return the query for the rows in which a column, as lower text without outer blanks, is a text."""
        keys = ", ".join(map(literal, texts))
        value = f"lower(trim(CAST({{}} AS VARCHAR), {literal(blanks)}))"
        found = (f"{value.format(identifier(name))} IN ({keys})" for name in columns)
        return f"FROM (\n{sql}\n) WHERE {' OR '.join(found)}"

    def write_parquet(self, sql: str, out: Path) -> int:
        """Write a query's rows to a Parquet file, which appears whole or not at all; return their number."""
        relation = self._bound(sql)
        refuse_repeated_names(relation.columns)
        with open_stream(self._con, readable(relation), DEFAULT_ROWS, self._hide) as stream:
            return write_parquet(stream.schema, stream, out)

    def _bound(self, sql: str) -> duckdb.DuckDBPyRelation:
        text = self._checked(sql)
        with query_errors(hide=self._hide):
            return self._con.sql(text)

    def _checked(self, sql: str) -> str:
        """Return the text of the one SELECT in `sql` without its semicolon, or raise QueryError."""
        with query_errors(hide=self._hide):
            statements = self._con.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise QueryError("The SQL is not exactly one SELECT.", "Keep one SELECT per file.")
        text = _without_semicolon(statements[0].query)
        refuse_pass_through(text)
        self._refuse_writing(text)
        return text

    def _refuse_writing(self, text: str) -> None:
        # DuckDB lets a CTE write (COPY, INSERT), and at once, but not in a subquery: so bind it as one first.
        with query_errors(lines_above=1, hide=self._hide):
            self._con.sql(f"FROM (\n{text}\n)")


def _without_semicolon(statement: str) -> str:
    """Cut one statement's text before its semicolon, which a subquery cannot hold."""
    encoded = statement.encode()  # DuckDB counts offsets in bytes
    offsets = (offset for offset, _ in duckdb.tokenize(statement) if encoded[offset : offset + 1] == b";")
    return encoded[: next(offsets, None)].decode()


# `database` is null for the source itself.
_COLUMNS = """
SELECT nullif(database_name, current_database()), schema_name, table_name, column_name, data_type
FROM duckdb_columns()
WHERE NOT internal
ORDER BY database_name, schema_name, table_name, column_index
"""
