"""Opening the source and closing every other door.

DuckDB's "Securing DuckDB" page lists the settings. Two doors stay open by DuckDB's design: the source's own
file, which is read-only, and the folder it spills to, which therefore belongs to one session alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from zdpipe.engine.complaints import clean_message, open_error, query_errors
from zdpipe.engine.hidden import Hidden
from zdpipe.engine.place import Place
from zdpipe.engine.setup import run_setup
from zdpipe.engine.table_files import TableFiles, literal
from zdpipe.engine.table_views import create_views
from zdpipe.errors import ProjectError, QueryError
from zdpipe.model.resources import EXTERNAL, Resources
from zdpipe.project.tables import Limits, Source

# DuckDB database header: 8 bytes of checksum, then the magic bytes (DuckDB documentation, "Storage").
MAGIC, MAGIC_OFFSET = b"DUCK", 8

_LOCKS = (
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def open_locked(
    source: Source, tables: Sequence[TableFiles], limits: Limits, spill: Path, place: Place, hidden: Hidden
) -> duckdb.DuckDBPyConnection:
    """Open the source read-only, or an empty memory database, its tables' files as views, and lock it.

    What `[source] setup` is given as secrets is added to `hidden`.
    """
    resources = limits.resources(spill)
    con = _connect(source.database, resources)
    try:
        con.execute("SET enable_progress_bar = false")
        con.execute("SET TimeZone = 'UTC'")
        for statement in (*resources.first_statements(), EXTERNAL):
            con.execute(statement)
        run_setup(con, source.setup, place, hidden)
        create_views(con, tables)
        _close_doors(con, tables)
    except BaseException:
        con.close()
        raise
    return con


def _connect(database: Path | None, resources: Resources) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": resources.memory,
        "temp_directory": str(resources.temporary),
        "python_enable_replacements": "false",  # else SQL can read the variables of this process
    }
    if resources.threads is not None:
        settings["threads"] = str(resources.threads)
    if database is None:
        with query_errors():
            return duckdb.connect(config=settings)
    _check_database(database)
    try:
        return duckdb.connect(str(database), read_only=True, config=settings)
    except duckdb.Error as error:
        raise open_error(database, str(error)) from None


def _check_database(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(MAGIC_OFFSET + len(MAGIC))
    except FileNotFoundError:
        raise ProjectError(
            f"The database {path} does not exist.",
            "Make a sample with `zdpipe sample`, or correct [source] database in zdpipe.toml.",
            code="no_database",
        ) from None
    except OSError as error:
        raise ProjectError(
            f"The database {path} cannot be read: {error.strerror}.",
            "[source] database in zdpipe.toml names a DuckDB file that you may read.",
        ) from None
    if head[MAGIC_OFFSET:] != MAGIC:
        raise QueryError(
            f"{path} is not a DuckDB database.",
            "Correct [source] database in zdpipe.toml; Parquet and CSV files belong to [source] tables.",
        )


def _close_doors(con: duckdb.DuckDBPyConnection, tables: Sequence[TableFiles]) -> None:
    files = ", ".join(literal(str(path)) for table in tables for path in table.files)
    try:
        # Those that setup allowed stay so: a view of its own, or a lake, reads its files later.
        con.execute(f"SET allowed_paths = list_concat(current_setting('allowed_paths'), [{files}])")
        for setting in _LOCKS:
            con.execute(setting)
    except duckdb.Error as error:
        raise ProjectError(
            f"The session cannot be locked after [source] setup: {clean_message(str(error))}",
            "Leave enable_external_access and lock_configuration out of setup; zdpipe sets them itself.",
        ) from None
