"""The outbox file of a run, read batch by batch."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from zdpipe.errors import StateError
from zdpipe.model.batch import OutboxItem, Sending

_COLUMNS = [
    "batch",
    "position",
    "row",
    "key",
    "external_id",
    "sending",
    "payload",
    "previous_batch",
    "previous_position",
]


class Outbox:
    """Reads `outbox.parquet`, sorted by batch and position; keeps one row group in memory."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = pq.ParquetFile(path)
        except (OSError, ValueError) as error:
            raise StateError(
                f"The outbox {path} cannot be read: {error}",
                "Start over with `zdpipe run`: it plans anew and sends what is missing.",
                code="outbox_damaged",
            ) from error
        self._groups = self._ranges()
        self._cached: tuple[int, pl.DataFrame] | None = None

    def __enter__(self) -> Outbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def items(self, batch: int) -> list[OutboxItem]:
        """Return the users of a batch in sending order."""
        frames = [
            self._group(index).filter(pl.col("batch") == batch)
            for index, (first, last) in enumerate(self._groups)
            if first <= batch <= last
        ]
        return [_item(row) for frame in frames for row in frame.iter_rows(named=True)]

    def _ranges(self) -> list[tuple[int, int]]:
        metadata = self._file.metadata
        column = self._file.schema_arrow.get_field_index("batch")
        ranges = []
        for index in range(metadata.num_row_groups):
            statistics = metadata.row_group(index).column(column).statistics
            ranges.append((int(statistics.min), int(statistics.max)))
        return ranges

    def _group(self, index: int) -> pl.DataFrame:
        if self._cached is None or self._cached[0] != index:
            frame = pl.from_arrow(self._file.read_row_group(index, columns=_COLUMNS))
            assert isinstance(frame, pl.DataFrame)  # noqa: S101  # a table never becomes a series
            self._cached = (index, frame)
        return self._cached[1]


def _item(row: dict[str, Any]) -> OutboxItem:
    has_previous = row["previous_batch"] is not None
    return OutboxItem(
        batch=row["batch"],
        position=row["position"],
        row=row["row"],
        key=row["key"],
        external_id=row["external_id"],
        sending=Sending(row["sending"]),
        payload=row["payload"],
        previous=(row["previous_batch"], row["previous_position"]) if has_previous else None,
    )
