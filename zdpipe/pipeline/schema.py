"""`zdpipe schema`: what the source offers, written down for the linter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zdpipe.engine.duckdb import open_session
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.schema_file import schema_path, write_schema
from zdpipe.state.folder import prepare_state_folder


@dataclass(frozen=True, slots=True)
class SchemaReport:
    """Where the schema lies, how many tables it has, and whether the file changed."""

    path: Path
    tables: int
    changed: bool


def refresh_schema(bench: Workbench) -> SchemaReport:
    """Read the source's tables, columns and types into schema.json."""
    project = bench.project
    folder = prepare_state_folder(project.paths.state)
    with open_session(project.source, project.limits, folder.temporary) as session:
        schema = session.schema()
    changed = write_schema(project.root, schema)
    return SchemaReport(schema_path(project.root), len(schema.tables), changed)
