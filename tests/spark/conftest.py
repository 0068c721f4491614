"""One Spark server for all tests here, and customers that DuckDB and Spark both read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.spark.server import spark_server
from zdpipe.engine.opening import open_session
from zdpipe.engine.session import Session
from zdpipe.project.tables import Limits, Source

VALUES = Path(__file__).with_name("values.sql")
# Letters that are newer than the Unicode of DuckDB 2.0, most of scripts that hardly anybody writes, and those
# for private use, which stand for others on the way.
_LEFT_OUT = frozenset(
    (0x19B, 0x264, 0x1C89, 0x1C8A, *range(0xA7CB, 0xA7DD), *range(0x10D50, 0x10D86), *range(0x16EA0, 0x16ED4))
) | frozenset((*range(0xD800, 0xF900),))


@pytest.fixture(scope="session")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with spark_server(tmp_path_factory.mktemp("spark")) as address:
        yield address


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Parquet files: hostile values of every type, as values.sql makes them, and the letters of Unicode.

    A few letters stand in one text each, so that what depends on their neighbours shows.
    """
    folder = tmp_path_factory.mktemp("tables")
    letters = [chr(code) for code in range(1, sys.maxunicode) if code not in _LEFT_OUT]
    texts = ["".join(letters[start : start + 7]) for start in range(0, len(letters), 7)]
    pl.DataFrame({"id": pl.int_range(len(texts), dtype=pl.Int32, eager=True), "s": texts}).write_parquet(
        folder / "letters.parquet"
    )
    with duckdb.connect() as con:
        con.execute(
            f"COPY ({VALUES.read_text(encoding='utf-8')}) TO '{folder / 't.parquet'}' (FORMAT parquet)"
        )
    return {name: folder / f"{name}.parquet" for name in ("t", "letters")}


@pytest.fixture(scope="session")
def on_spark(
    remote: str, tables: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    source = Source(engine="spark", remote=remote, tables=dict(tables))
    with open_session(source, Limits(), tmp_path_factory.mktemp("unused")) as session:
        yield session


@pytest.fixture(scope="session")
def on_duckdb(tables: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    source = Source(tables=dict(tables))
    with open_session(source, Limits(), tmp_path_factory.mktemp("temp")) as session:
        yield session
