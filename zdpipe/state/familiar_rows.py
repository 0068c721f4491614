"""Which rows of a query are familiar, kept between runs: prints in an Arrow file, with their basis.

It tells nobody's values, and can be deleted at any time: the next plan looks at every row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa

from zdpipe.durable import sync_folder, written_whole
from zdpipe.state.folder import make_private_folder

_BASIS = b"basis"
ColumnsOf = Callable[[Sequence[str]], list[pl.Series]]


@contextmanager
def open_familiar(path: Path, schema: pl.Schema, basis: str) -> Iterator[ColumnsOf | None]:
    """Give what reads columns of the familiar rows, a table of the `schema`.

    None where there are no rows on this basis, or the file is damaged.
    """
    with ExitStack() as opened:
        try:
            # Another process may put a new file in its place: columns are all read from this one.
            file = opened.enter_context(pa.OSFile(str(path)))
            with pa.ipc.open_file(file) as reader:
                is_ours = reader.schema.equals(_schema(schema, basis), check_metadata=True)
                columns = partial(_columns, file) if is_ours and reader.num_record_batches else None
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
    whole = folder / path.name
    with written_whole(whole) as file, pa.ipc.new_file(file, kept) as writer:
        for part in parts:
            writer.write_batch(pa.RecordBatch.from_arrays(part.columns, schema=kept))
    make_private_folder(path.parent)
    whole.replace(path)
    sync_folder(path.parent)


def forget_familiar(folder: Path) -> None:
    """Throw away what is remembered of the rows of all queries."""
    for path in folder.glob("*.arrow"):
        path.unlink()


def _columns(file: pa.OSFile, names: Sequence[str]) -> list[pl.Series]:
    with pa.ipc.open_file(file) as reader:
        there = reader.schema.names
    options = pa.ipc.IpcReadOptions(included_fields=[there.index(name) for name in names])
    with pa.ipc.open_file(file, options=options) as reader:
        table = reader.read_all()
    # In many chunks it takes several times as long to find a value.
    return [pl.Series(pl.from_arrow(table[name])).rechunk() for name in names]


def _schema(schema: pl.Schema, basis: str) -> pa.Schema:
    return pl.DataFrame(schema=schema).to_arrow().schema.with_metadata({_BASIS: basis.encode()})
