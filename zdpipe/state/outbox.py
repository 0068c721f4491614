"""The outbox file of a run, read batch by batch."""

from __future__ import annotations

from collections import OrderedDict
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
    "makes_primary",
]


# A batch may straddle two row groups, and its people's earlier objects lie in others before it.
_GROUPS_KEPT = 4


class Outbox:
    """Reads `outbox.parquet`, sorted by batch and position; keeps the last few row groups in memory."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = pq.ParquetFile(path)
        except (OSError, ValueError) as error:
            raise StateError(
                f"The outbox {path} cannot be read: {error}",
                "Put it back from a backup. Or remove it and start over with `zdpipe run`, "
                "which plans anew and sends what is missing",
                code="outbox_damaged",
            ) from error
        self._groups = self._ranges()
        self._kept: OrderedDict[int, pl.DataFrame] = OrderedDict()

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
        return [_range(metadata.row_group(index), column) for index in range(metadata.num_row_groups)]

    def _group(self, index: int) -> pl.DataFrame:
        if index not in self._kept:
            frame = pl.from_arrow(self._file.read_row_group(index, columns=_COLUMNS))
            assert isinstance(frame, pl.DataFrame)  # noqa: S101  # a table never becomes a series
            self._kept[index] = frame
            if len(self._kept) > _GROUPS_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(index)
        return self._kept[index]


def _range(group: pq.RowGroupMetaData, column: int) -> tuple[int, int]:
    """Return a row group's first and last batch; a group without rows has no statistics and no batch."""
    statistics = group.column(column).statistics
    return (0, -1) if group.num_rows == 0 else (int(statistics.min), int(statistics.max))


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
        makes_primary=bool(row.get("makes_primary")),  # older outboxes do not tell
    )
