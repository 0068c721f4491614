"""`zdpipe build`: attribute tables as Parquet files for other tools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zdpipe.errors import UsageProblem
from zdpipe.model.query import Query
from zdpipe.pipeline.linting import lint_queries, refuse_errors
from zdpipe.pipeline.pointing import told_of
from zdpipe.pipeline.source import open_source, source_sql
from zdpipe.pipeline.sql_files import attribute_tables
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.schema_file import write_schema
from zdpipe.query import attribute_tables_needed
from zdpipe.state.folder import prepare_state_folder


@dataclass(frozen=True, slots=True)
class BuiltTable:
    """An attribute table on disk."""

    name: str
    path: Path
    rows: int


def build_tables(bench: Workbench, names: Sequence[str], out: Path) -> list[BuiltTable]:
    """Write the named attribute tables, or all, as `<out>/<name>.parquet`, readable by their owner alone."""
    project = bench.project
    prepare_state_folder(project.paths.state)
    tables = {table.name: table for table in attribute_tables(project)}
    chosen = _choose(tables, names)
    with open_source(bench) as session:
        schema = session.schema()
        write_schema(project.root, schema)
        needed = attribute_tables_needed(chosen, tables)
        every = list({table.name: table for table in (*needed, *chosen)}.values())
        refuse_errors(lint_queries(project, every, schema))
        texts = {table.name: source_sql(project, table, schema, tables) for table in every}
        for table in every:
            with told_of(table):
                session.create_attribute_table(table.name, texts[table.name])
        out.mkdir(parents=True, exist_ok=True)
        built = []
        for table in chosen:
            path = out / f"{table.name}.parquet"
            bench.progress.stage(f"building {table.name}")
            with told_of(table):
                built.append(BuiltTable(table.name, path, session.write_parquet(texts[table.name], path)))
        return built


def _choose(tables: dict[str, Query], names: Sequence[str]) -> list[Query]:
    if not tables:
        raise UsageProblem(
            "The project has no attribute tables.", "Put a SELECT into attribute_tables/<name>.sql."
        )
    unknown = [name for name in names if name not in tables]
    if unknown:
        raise UsageProblem(
            f"There is no attribute table {unknown[0]!r}.", f"The project has: {', '.join(sorted(tables))}."
        )
    return [tables[name] for name in names] if names else list(tables.values())
