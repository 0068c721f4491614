"""Write a realistic, messy and repeatable `Customer_360` into a DuckDB file."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from zdpipe.errors import ProjectError, UsageProblem
from zdpipe.sample.fill import fill
from zdpipe.sample.replace import move_into_place, refuse_foreign
from zdpipe.sample.summary import SampleSummary

Settings = dict[str, str | bool | int | float | list[str]]

# Row numbers are drawn from in 32 bits.
MOST_ROWS = 1_000_000_000


def write_sample(
    out: Path, rows: int = 10_000, seed: int = 1, *, memory: str = "500MB", threads: int | None = None
) -> SampleSummary:
    """Write a file with exactly `rows` rows; the seed alone decides what the first, the second, … row says.

    Raises UsageProblem for a number of rows that cannot be, and ProjectError if the file cannot be written
    or what stands at `out` is anything but a sample. Until the sample is whole, `out` stays as it was.
    """
    if not 0 <= rows <= MOST_ROWS:
        raise UsageProblem(f"{rows} rows cannot be made", f"ask for 0 to {MOST_ROWS:,} rows")
    path = out.resolve()
    refuse_foreign(path)
    settings: Settings = {"memory_limit": memory}
    if threads is not None:
        settings["threads"] = threads
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".zdpipe-sample-", dir=path.parent) as folder:
            made = Path(folder, "sample.duckdb")
            _make(made, rows, seed, settings | {"temp_directory": str(Path(folder, "spill"))})
            move_into_place(made, path)
    except (OSError, duckdb.OperationalError) as error:
        raise ProjectError(
            f"{path} cannot be written: {error}", "check the folder's rights and its free space"
        ) from error
    return SampleSummary(path, rows, seed, path.stat().st_size)


def _make(path: Path, rows: int, seed: int, settings: Settings) -> None:
    with duckdb.connect(path, config=settings) as connection:
        try:
            fill(connection, rows, seed)
        except RuntimeError as error:
            # DuckDB turns ^C into this error and drops the interrupt.
            if "interrupted" in str(error).lower():
                raise KeyboardInterrupt from error
            raise
