"""Put a finished sample where it is wanted, without harm to a file of somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from zdpipe.errors import ProjectError
from zdpipe.sample.fill import MARK

if TYPE_CHECKING:
    from pathlib import Path

_HINT = "name another file with --out, or move this one away first"
_CONTENTS = """
SELECT table_name, comment FROM duckdb_tables() WHERE NOT internal
UNION ALL SELECT view_name, NULL FROM duckdb_views() WHERE NOT internal
UNION ALL SELECT sequence_name, NULL FROM duckdb_sequences()
UNION ALL SELECT function_name, NULL FROM duckdb_functions() WHERE NOT internal
"""


def refuse_foreign(path: Path) -> None:
    """Raise ProjectError if anything stands at `path` but a DuckDB file with a sample and nothing else."""
    if not path.exists():
        return
    if not path.is_file():
        raise ProjectError(f"{path} is not a file", _HINT)
    if not _holds_only_a_sample(path):
        raise ProjectError(f"{path} holds more than a sample, so it is not replaced", _HINT)


def move_into_place(made: Path, path: Path) -> None:
    """Replace whatever stands at `path` by the file `made`, in one step."""
    # A log left beside the old file must not be read into the new one.
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    made.replace(path)


def _holds_only_a_sample(path: Path) -> bool:
    match _contents(path):
        case [("Customer_360", str(comment))]:
            return comment.startswith(MARK)
        case _:
            return False


def _contents(path: Path) -> list[tuple[str, str | None]]:
    try:
        with duckdb.connect(path, read_only=True) as connection:
            return connection.execute(_CONTENTS).fetchall()
    except duckdb.Error as error:
        hint = "close the programs that have it open, or name another file with --out"
        raise ProjectError(f"{path} is not a sample that can be replaced: {error}", hint) from error
