"""A SQL file to something the engine may run: read, linted, translated, its attribute tables made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from zdpipe.engine.session import Session
from zdpipe.model.finding import Finding
from zdpipe.model.query import Query, Role
from zdpipe.model.schema import SourceSchema
from zdpipe.pipeline.linting import lint_queries, refuse_errors
from zdpipe.pipeline.pointing import told_of
from zdpipe.pipeline.source import open_source, source_sql
from zdpipe.pipeline.sql_files import attribute_tables
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.committed_file import NotWritable
from zdpipe.project.schema_file import write_schema
from zdpipe.query import attribute_tables_needed, read_query


@dataclass(frozen=True)
class Prepared:
    """A query that passed the linter, in a session that has its attribute tables as temporary views.

    `attribute_tables` are those it needs, `schema` is what the source offers.
    """

    query: Query
    sql: str
    findings: tuple[Finding, ...]
    session: Session
    schema: SourceSchema
    attribute_tables: tuple[Query, ...] = ()


def read_one_query(bench: Workbench, path: Path, text: str | None = None) -> Query:
    """Read a query's file; its path is looked up from here first, then from the project."""
    place = path if path.exists() or path.is_absolute() else bench.project.root / path
    return read_query(place, bench.project.root, Role.QUERY, bench.project.source.dialect, text)


@contextmanager
def prepared(bench: Workbench, query: Query, *, keep_schema: bool = True) -> Iterator[Prepared]:
    """Open the source, lint the query against it, and make the attribute tables it needs.

    What the source offers is kept in schema.json, unless it is none of the project's, or the project may
    not be written to. Raises DirtyQuery before a single row is read; the destination is not touched here.
    """
    project = bench.project
    with open_source(bench) as session:
        schema = session.schema()
        if keep_schema:
            _keep(bench, schema)
        tables = {table.name: table for table in attribute_tables(project)}
        needed = [] if query.problem else attribute_tables_needed([query], tables)
        report = lint_queries(project, [query, *needed], schema)
        refuse_errors(report)
        for table in needed:
            text = source_sql(project, table, schema, tables)
            with told_of(table):
                session.create_attribute_table(table.name, text)
        sql = source_sql(project, query, schema, tables)
        with told_of(query):
            yield Prepared(query, sql, report.findings, session, schema, tuple(needed))


def _keep(bench: Workbench, schema: SourceSchema) -> None:
    """Write schema.json for the linter; whoever sends from a container or another's checkout goes without."""
    try:
        write_schema(bench.project.root, schema)
    except NotWritable as error:
        bench.progress.remark(f"{error.message} Commit what `zdpipe schema` writes elsewhere.")
