"""Fill an open DuckDB database with `Customer_360`."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from zdpipe.sample.words import word_lists

if TYPE_CHECKING:
    import duckdb

MARK = "Sample data made by zdpipe"
# DuckDB looks for ^C between its tasks only, and a long statement may be a single task. Four row groups of
# 122,880 rows (DuckDB manual, "Parallelism") keep as many threads busy for a second or two.
ROWS_AT_ONCE = 4 * 122_880
_MACROS = ("draws", "names", "emails", "phones", "places", "values", "people")


def fill(connection: duckdb.DuckDBPyConnection, rows: int, seed: int) -> None:
    """Create `Customer_360` with that many rows, and mark it as made here."""
    _set_variables(connection, seed)
    connection.execute("SET VARIABLE rows_at_once = $value", {"value": min(rows, ROWS_AT_ONCE)})
    for name in (*_MACROS, "table"):
        connection.execute(_sql(name))
    insert = _sql("customers")
    for first in range(0, rows, ROWS_AT_ONCE):
        end = min(first + ROWS_AT_ONCE, rows)
        connection.execute(insert, {"first_row": first, "end_row": end})
    connection.execute(f"COMMENT ON TABLE Customer_360 IS '{MARK}: {rows} rows, seed {seed}'")


def _set_variables(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    connection.execute("SET VARIABLE seed = $value", {"value": str(seed)})
    for name, words in word_lists().items():
        connection.execute(f"SET VARIABLE {name} = $value", {"value": words})


def _sql(name: str) -> str:
    return files("zdpipe.sample").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
