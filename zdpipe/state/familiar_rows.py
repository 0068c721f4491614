"""Which rows of a query are familiar, kept between runs: prints in a Parquet file, with their basis.

It tells nobody's values, and can be deleted at any time: the next plan looks at every row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from zdpipe.durable import sync_folder, written_whole
from zdpipe.state.folder import make_private_folder

_BASIS = b"basis"
ColumnsOf = Callable[[Sequence[str]], list[pl.Series]]


class Damaged(Exception):
    """Raised when what is kept turns out to be damaged while it is read; the file is gone then."""


@contextmanager
def open_familiar(path: Path, schema: pl.Schema, basis: str) -> Iterator[ColumnsOf | None]:
    """Give what reads columns of the familiar rows, a table of the `schema`; reading them may raise Damaged.

    None where there are no rows on this basis, or no file that can be read.
    """
    with ExitStack() as opened:
        try:
            # Another process may put a new file in its place: columns are all read from this one.
            bytes_ = opened.enter_context(path.open("rb"))
            file = opened.enter_context(pq.ParquetFile(bytes_, page_checksum_verification=True))
            is_ours = file.schema_arrow.equals(_schema(schema, basis), check_metadata=True)
            columns = partial(_columns, path, file) if is_ours and file.metadata.num_rows else None
        except (OSError, pa.ArrowException):
            columns = None
        yield columns


def write_familiar(
    path: Path, schema: pl.Schema, basis: str, parts: Iterable[pa.RecordBatch], folder: Path
) -> None:
    """Keep familiar rows in the place of those before; a power cut leaves these or those.

    They are written in `folder` first, because several processes may do this at once.
    """
    kept = _schema(schema, basis)
    whole = folder / "work.duckdb.familiar"  # beside the workspace's own files, and swept as these are
    make_private_folder(path.parent)
    try:
        with (
            written_whole(whole) as file,
            pq.ParquetWriter(
                file,
                kept,
                compression="none",  # of prints nothing can be saved
                use_dictionary=False,
                write_statistics=False,
                write_page_checksum=True,
            ) as writer,
        ):
            for part in parts:
                writer.write_batch(pa.RecordBatch.from_arrays(part.columns, schema=kept))
        whole.replace(path)
    finally:
        whole.unlink(missing_ok=True)
    sync_folder(path.parent)


def forget_familiar(folder: Path) -> None:
    """Throw away what is remembered of the rows of all queries."""
    for path in folder.glob("*.parquet"):
        path.unlink()


def _columns(path: Path, file: pq.ParquetFile, names: Sequence[str]) -> list[pl.Series]:
    try:
        # One by one they take less memory. In many chunks it takes several times as long to find a value.
        return [pl.Series(pl.from_arrow(file.read(columns=[name])[name])).rechunk() for name in names]
    except (OSError, pa.ArrowException):
        path.unlink(missing_ok=True)
        raise Damaged from None


def _schema(schema: pl.Schema, basis: str) -> pa.Schema:
    return pl.DataFrame(schema=schema).to_arrow().schema.with_metadata({_BASIS: basis.encode()})
