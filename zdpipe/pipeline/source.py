"""The project's source: opened for reading, and spoken to in its engine's own SQL."""

from __future__ import annotations

from collections.abc import Mapping

from zdpipe.engine.opening import open_session
from zdpipe.engine.place import Place
from zdpipe.engine.session import Session
from zdpipe.model.query import Query
from zdpipe.model.schema import SourceSchema
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.project import Project
from zdpipe.query import engine_sql
from zdpipe.state.folder import StateFolder


def open_source(bench: Workbench) -> Session:
    """Open the source; what does not fit into memory goes into the state folder."""
    project = bench.project
    temporary = StateFolder(project.paths.state).temporary
    return open_session(project.source, project.limits, temporary, Place(bench.environment, project.root))


def source_sql(project: Project, query: Query, schema: SourceSchema, tables: Mapping[str, Query]) -> str:
    """Return a query as the engine runs it; `tables` are the attribute tables by name.

    Raises QueryError where something in it has no counterpart there.
    """
    if project.source.engine == "spark":
        from zdpipe.query.spark import spark_sql  # noqa: PLC0415 - most projects have no Spark

        return spark_sql(query, schema, tables)
    return engine_sql(query)
