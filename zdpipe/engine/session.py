"""What every engine offers: an open source that queries are run on."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import polars as pl

from zdpipe.errors import QueryError
from zdpipe.model.schema import SourceSchema

DEFAULT_ROWS = 100_000

Frames = Generator[pl.DataFrame, None, None]


class Session(Protocol):
    """An open source, a context manager, and one query at a time.

    `sql` is one SELECT in the engine's own SQL; everything here raises QueryError where the engine
    refuses it. Nothing a session does writes to the source.
    """

    def __enter__(self) -> Self:
        """Return the session itself."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the session."""

    def close(self) -> None:
        """Let go of the source; closing twice does nothing."""

    def schema(self) -> SourceSchema:
        """Return the tables and views, with the types of their columns as DuckDB spells them."""

    def create_attribute_table(self, name: str, sql: str) -> None:
        """Make an attribute table readable under its name; those it reads from must have been made before."""

    def describe(self, sql: str) -> list[tuple[str, str]]:
        """Return names and types of a query's output columns, types as in `schema`, without running it."""

    def batches(self, sql: str, rows: int = DEFAULT_ROWS) -> Frames:
        """Run a query and yield its rows in frames of at most about `rows`; at least one, maybe empty."""

    def narrowed(self, sql: str, columns: Sequence[str], texts: Sequence[str], blanks: str) -> str:
        """Return the query for the rows in which a column, as lower text without outer blanks, is a text."""

    def write_parquet(self, sql: str, out: Path) -> int:
        """Write a query's rows to a Parquet file, which appears whole or not at all; return their number."""


def refuse_repeated_names(names: Sequence[str]) -> None:
    """Raise QueryError where two output columns have one name."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise QueryError(
            f"The output has several columns named {', '.join(repeated)}.", "Give each its own name with AS."
        )
