"""The project's source, opened for reading."""

from __future__ import annotations

from zdpipe.engine.duckdb import Session, open_session
from zdpipe.engine.prepared import Place
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.folder import StateFolder


def open_source(bench: Workbench) -> Session:
    """Open the source; what does not fit into memory goes into the state folder."""
    project = bench.project
    temporary = StateFolder(project.paths.state).temporary
    return open_session(project.source, project.limits, temporary, Place(bench.environment, project.root))
