"""The files of a run that takes another one back: its outbox, what it removes, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from zdpipe.durable import sync_folder
from zdpipe.model.batch import Batch, BatchState
from zdpipe.model.fields import TAGS
from zdpipe.model.known import THEIRS, kept_column, value_column
from zdpipe.state.folder import touch_private

OUTBOX = "outbox.parquet"
REMOVALS = "removals.parquet"
# From the first removal on; what was removed, and is to be struck from the known users; then what was struck.
REMOVING = "removing.parquet"
REMOVED = "removed.parquet"
STRUCK = "struck.parquet"
LEFT = "not_restorable"

REMOVALS_SCHEMA = {"key": pl.String, "zendesk_id": pl.Int64, "column": pl.String, "value": pl.String}
LEFT_SCHEMA = {"key": pl.String, "column": pl.String, "reason": pl.String}
_PLACES: dict[str, type[pl.DataType]] = {
    "batch": pl.Int32,
    "position": pl.Int32,
    "row": pl.Int64,
    "key": pl.String,
    "external_id": pl.String,
    "sending": pl.String,
    "email": pl.String,
    "payload": pl.String,
    "previous_batch": pl.Int32,
    "previous_position": pl.Int32,
}
_ROWS_A_GROUP = 10_240


class UndoingOutbox:
    """Writes user objects in sending order, in full batches; `users` counts them.

    With `merges_tags` the values of tags are but our own ones, and none of them had been others'.
    """

    def __init__(
        self, folder: Path, fields: Sequence[str], batch_size: int, *, merges_tags: bool = False
    ) -> None:
        self._path = folder / OUTBOX
        self._columns = [value_column(name) for name in fields]
        self._schema: dict[str, pl.DataType] = {
            **{name: kind() for name, kind in _PLACES.items()},
            THEIRS: pl.List(pl.String),
            **{name: pl.String() for name in self._columns},
            **({kept_column(TAGS): pl.String()} if merges_tags else {}),
        }
        self._size = batch_size
        self.users = 0

    def __enter__(self) -> UndoingOutbox:
        touch_private(self._path)
        empty = pl.DataFrame(schema=self._schema).to_arrow(compat_level=pl.CompatLevel.oldest())
        self._arrow: pa.Schema = empty.schema
        # Whoever reads looks for batches only.
        self._writer = ParquetWriter(self._path, self._arrow, compression="zstd", write_statistics=["batch"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def append(self, users: Sequence[dict[str, Any]]) -> None:
        """Write user objects: key, external_id, email, payload, theirs, and values by field."""
        if not users:
            return
        rows = [
            {
                **dict.fromkeys(self._schema),
                **{name: user[name] for name in ("key", "external_id", "email", "payload", THEIRS)},
                **{value_column(name): text for name, text in user["values"].items()},
                "batch": (self.users + place) // self._size + 1,
                "position": (self.users + place) % self._size,
                "row": self.users + place + 1,
                "sending": "update",
            }
            for place, user in enumerate(users)
        ]
        self.users += len(users)
        table = pl.DataFrame(rows, schema=self._schema).to_arrow(compat_level=pl.CompatLevel.oldest())
        self._writer.write_table(table.cast(self._arrow), row_group_size=_ROWS_A_GROUP)

    def batches(self) -> list[Batch]:
        """Return the batches of everything that was written."""
        full, rest = divmod(self.users, self._size)
        sizes = [self._size] * full + ([rest] if rest else [])
        return [Batch(number, users, BatchState.READY) for number, users in enumerate(sizes, start=1)]


def removals(folder: Path) -> Iterator[tuple[int, str, str]]:
    """Yield what a run that takes another one back removes, or removed: the user, the kind and the value."""
    for name in (REMOVALS, REMOVED, STRUCK):
        if (folder / name).exists():
            yield from (
                pl.read_parquet(folder / name, glob=False)
                .drop_nulls()
                .select("zendesk_id", "column", "value")
                .iter_rows()
            )


def move_into(folder: Path, made: Path) -> None:
    """Move the files into a run's folder; a power cut leaves each of them whole, the outbox last."""
    files = sorted(made.iterdir(), key=lambda path: path.name == OUTBOX)
    for path in files:
        sync_folder(path)
        path.replace(folder / path.name)
    sync_folder(folder)
