"""One Spark server for all tests here, and customers that DuckDB and Spark both read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.spark.server import spark_server
from zdpipe.engine.opening import open_session
from zdpipe.engine.session import Session
from zdpipe.project.tables import Limits, Source

VALUES = Path(__file__).with_name("values.sql")


@pytest.fixture(scope="session")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with spark_server(tmp_path_factory.mktemp("spark")) as address:
        yield address


@pytest.fixture(scope="session")
def values(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Parquet file of hostile values of every type, as values.sql makes them."""
    path = tmp_path_factory.mktemp("values") / "t.parquet"
    with duckdb.connect() as con:
        con.execute(f"COPY ({VALUES.read_text(encoding='utf-8')}) TO '{path}' (FORMAT parquet)")
    return path


@pytest.fixture(scope="session")
def on_spark(remote: str, values: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    source = Source(engine="spark", remote=remote, tables={"t": values})
    with open_session(source, Limits(), tmp_path_factory.mktemp("unused")) as session:
        yield session


@pytest.fixture(scope="session")
def on_duckdb(values: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with open_session(Source(tables={"t": values}), Limits(), tmp_path_factory.mktemp("temp")) as session:
        yield session
