"""DuckDB beside the known users: an instance in memory, and what any of them says of disk and memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import duckdb

from zdpipe.errors import StateError
from zdpipe.model.resources import ROOM, Resources, is_interruption

# A commit that finds no room on the disk is a failed transaction to DuckDB.
_DISK_AND_MEMORY = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.FatalException,
    duckdb.TransactionException,
)


@contextmanager
def in_memory(what: str, resources: Resources) -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend an instance with nothing in it, to work with `what`; errors are those of `failures`."""
    with failures(what), closing(duckdb.connect(":memory:", config=resources.as_config())) as connection:
        for statement in resources.first_statements():
            connection.execute(statement)
        yield connection


@contextmanager
def failures(what: str) -> Iterator[None]:
    """Raise StateError where disk or memory do not suffice for `what`, and KeyboardInterrupt for ^C."""
    try:
        yield
    except (duckdb.InterruptException, RuntimeError) as error:
        if is_interruption(error):
            raise KeyboardInterrupt from None
        raise
    except _DISK_AND_MEMORY as error:
        raise StateError(
            f"{what} cannot be used: {error}",
            f"Nothing is lost. {ROOM}; then go on.",
        ) from error


def is_damage(error: Exception) -> bool:
    """Tell whether an error of reading a Parquet file is about the file itself.

    DuckDB has no class of errors for that: where rows are damaged, and not the footer, it is the root of all.
    """
    return not isinstance(error, (duckdb.InterruptException, *_DISK_AND_MEMORY))
