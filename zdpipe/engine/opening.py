"""The project's source → an open session of the engine that it names."""

from __future__ import annotations

from pathlib import Path

from zdpipe.engine.place import Place
from zdpipe.engine.session import Session
from zdpipe.project.secret import read_secret
from zdpipe.project.tables import Limits, Source


def open_session(source: Source, limits: Limits, temp_folder: Path, place: Place | None = None) -> Session:
    """Open the source for reading; use the session as a context manager, or close it.

    `limits` and `temp_folder` are for what runs on this machine, `place` is where secrets are found. Raises
    ProjectError, CredentialError or QueryError when the source cannot be opened, StateError when
    `temp_folder` cannot be written.
    """
    where = place or Place()
    if source.engine == "spark":
        from zdpipe.engine.spark.session import open_spark  # noqa: PLC0415 - needs an extra

        token = read_secret(source.token, where.environment, where.root) if source.token else None
        return open_spark(source, token)
    from zdpipe.engine.duckdb import open_session as open_duckdb  # noqa: PLC0415 - Spark needs none of it

    return open_duckdb(source, limits, temp_folder, where)
