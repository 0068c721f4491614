"""The n-th point where something becomes lasting or leaves the machine, and the end of the process there.

Each point counts twice: right before it and right after it.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import httpx


class Fuse:
    """Counts the points, and ends the process at the wanted one as a power cut would; 0 is none."""

    def __init__(self) -> None:
        self.passed = 0
        self.at = 0
        self.points: Path | None = None

    def point(self, name: str) -> None:
        self.passed += 1
        if self.points is not None:
            with self.points.open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, name: str, act: Callable[[], Any]) -> Any:
        self.point(f"before {name}")
        done = act()
        self.point(f"after {name}")
        return done


FUSE = Fuse()


class State(sqlite3.Connection):
    """The connection to state.sqlite."""

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        if sql != "COMMIT":
            return super().execute(sql, *arguments)
        return FUSE.around("state commit", lambda: super(State, self).execute(sql))

    def commit(self) -> None:
        FUSE.around("state commit", super().commit)


class Known:
    """A connection to the known users; closing it writes what its log holds into the file."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __enter__(self) -> Known:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def execute(self, sql: str, *arguments: Any) -> Any:
        if sql != "COMMIT":
            return self._connection.execute(sql, *arguments)
        return FUSE.around("known commit", lambda: self._connection.execute(sql))

    def close(self) -> None:
        FUSE.around("known close", self._connection.close)


def _patch_state() -> None:
    connect = sqlite3.connect

    def connected(path: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
        if Path(str(path)).name.startswith("state.sqlite"):
            options["factory"] = State
        return connect(path, *arguments, **options)

    sqlite3.connect = connected  # type: ignore[assignment]


def _patch_known() -> None:
    connect = duckdb.connect

    def connected(path: Any = ":memory:", *arguments: Any, **options: Any) -> Any:
        connection = connect(path, *arguments, **options)
        is_written = Path(str(path)).parent.name == "known" and not options.get("read_only")
        return Known(connection) if is_written else connection

    duckdb.connect = connected


def _patch_files() -> None:
    for name in ("replace", "rename", "link", "fsync"):
        real = getattr(os, name)

        def act(*arguments: Any, real: Any = real, name: str = name, **options: Any) -> Any:
            return FUSE.around(name, lambda: real(*arguments, **options))

        setattr(os, name, act)


def _patch_requests() -> None:
    real = httpx.HTTPTransport.handle_request

    def handle(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        def answered() -> httpx.Response:
            answer = real(self, request)
            answer.read()
            return answer

        return FUSE.around(f"{request.method} {request.url.path.rpartition('/')[2]}", answered)

    httpx.HTTPTransport.handle_request = handle  # type: ignore[method-assign]


def lay_fuse(at: int, points: Path | None) -> None:
    """End this process at that point, and write down which ones it passes."""
    FUSE.at, FUSE.points = at, points
    _patch_state()
    _patch_known()
    _patch_files()
    _patch_requests()
