"""What lies in an export, read the way a warehouse would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb

from zdpipe.model.warehouse import TABLES

Ask = Callable[[str], list[tuple[Any, ...]]]


@contextmanager
def asking(place: Path) -> Iterator[Ask]:
    """Lend a function that runs SQL over an export's tables by their names."""
    with closing(duckdb.connect()) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in TABLES:
            source = f"read_parquet('{place}/{table}/*.parquet')"
            if place.suffix == ".duckdb":
                source = f"warehouse.zdpipe.{table}"
                connection.execute(f"ATTACH IF NOT EXISTS '{place}' AS warehouse (READ_ONLY)")
            connection.execute(f"CREATE TEMP VIEW {table} AS FROM {source}")
        yield lambda sql: connection.execute(sql).fetchall()


def asked(place: Path, sql: str) -> list[tuple[Any, ...]]:
    with asking(place) as ask:
        return ask(sql)


def everything(place: Path) -> dict[str, list[str]]:
    """Return all rows of all tables as texts, in an order of their own."""
    with asking(place) as ask:
        return {table: sorted(str(row) for row in ask(f"FROM {table}")) for table in TABLES}
