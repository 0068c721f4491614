"""The real `zdpipe`, ending itself at the n-th point where an erasure makes something lasting.

Usage: python -m tests.pipeline.cut_off WORDS… with CUT_AT=n (0: never); the points passed are printed to
stderr. Each point counts twice: right before it and right after it.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

_AT = int(os.environ.get("CUT_AT", "0"))
_SQL = (
    "COMMIT",
    "VACUUM",
    "PRAGMA wal_checkpoint",
    "FORCE CHECKPOINT",
    "CREATE TABLE fresh",
    "CHECKPOINT fresh",
)
_passed: list[str] = []


def point(name: str) -> None:
    _passed.append(name)
    os.write(2, f"point {name}\n".encode())
    if len(_passed) == _AT:
        os.kill(os.getpid(), signal.SIGKILL)


def around(name: str, act: Callable[[], Any]) -> Any:
    point(f"before {name}")
    done = act()
    point(f"after {name}")
    return done


class Known:
    """A connection to the known users."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *arguments: Any) -> Any:
        if not sql.startswith(_SQL):
            return self._connection.execute(sql, *arguments)
        return around(f"known {sql[:14]}", lambda: self._connection.execute(sql, *arguments))

    def close(self) -> None:
        around("known close", self._connection.close)


def _fused(factory: type[sqlite3.Connection]) -> type[sqlite3.Connection]:
    class Fused(factory):  # type: ignore[misc,valid-type]  # whichever class the state uses
        def execute(self, sql: str, *arguments: Any) -> Any:
            act = super().execute
            if not sql.startswith(_SQL):
                return act(sql, *arguments)
            return around(f"state {sql[:14]}", lambda: act(sql, *arguments))

    return Fused


def lay_fuse() -> None:
    """Watch the state, the known users and the file system."""
    sqlite_connect, duckdb_connect = sqlite3.connect, duckdb.connect

    def connect_state(path: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
        if Path(str(path)).name.startswith("state.sqlite") and "factory" in options:
            options["factory"] = _fused(options["factory"])
        return sqlite_connect(path, *arguments, **options)

    def connect_known(path: Any = ":memory:", *arguments: Any, **options: Any) -> Any:
        connection = duckdb_connect(path, *arguments, **options)
        is_written = Path(str(path)).parent.name == "known" and not options.get("read_only")
        return Known(connection) if is_written else connection

    sqlite3.connect = connect_state  # type: ignore[assignment]
    duckdb.connect = connect_known
    for name in ("replace", "fsync", "unlink"):
        real = getattr(os, name)

        def act(*arguments: Any, real: Any = real, name: str = name, **options: Any) -> Any:
            return around(name, lambda: real(*arguments, **options))

        setattr(os, name, act)


if __name__ == "__main__":
    lay_fuse()
    from zdpipe.cli.app import main

    sys.argv[0] = "zdpipe"
    main()
