from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from zdpipe.sample import write_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def read() -> Callable[[Path, str], list[tuple]]:
    """Ask one question of a file, and close it."""

    def ask(path: Path, sql: str) -> list[tuple]:
        with duckdb.connect(path, read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return ask


@pytest.fixture(scope="session")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The 2,000 customers of seed 1."""
    path = tmp_path_factory.mktemp("sample") / "customer_360.duckdb"
    write_sample(path, 2_000, 1)
    with duckdb.connect(path, read_only=True) as connection:
        yield connection
