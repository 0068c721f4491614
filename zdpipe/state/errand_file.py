"""The file of a run's errands: whom they are about, and what each deed needs."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import polars as pl

from zdpipe.errors import StateError
from zdpipe.model.errand import ErrandItem
from zdpipe.model.forgotten import Person
from zdpipe.model.gone import Deed, Fate
from zdpipe.state.run_files import rows_where

_COLUMNS = ["batch", "position", "sending", "key", "zendesk_id", "payload", "reason"]


def read_errand(path: Path, number: int) -> list[ErrandItem]:
    """Return the people of an errand by position; raises StateError for a file that cannot be read."""
    try:
        rows = pl.scan_parquet(path, glob=False).filter(pl.col("batch") == number).select(_COLUMNS).collect()
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise StateError(
            f"The errands {path} cannot be read: {error}",
            "Put the file back from a backup. Or start over with `zdpipe run`, which plans anew.",
            code="errands_damaged",
        ) from error
    return [_item(row) for row in rows.sort("position").iter_rows(named=True)]


def errand_places(path: Path, person: Person) -> list[tuple[int, int]]:
    """Return where a file of errands has a person, or their placeholder: errand and position."""
    if not path.exists():
        return []
    wanted = pl.col("key").is_in([*person.keys, person.placeholder])
    rows = rows_where(path, wanted, ["batch", "position"])
    return [(number, position) for number, position in rows.iter_rows()]


def errands_about(path: Path, keys: Collection[str]) -> list[ErrandItem]:
    """Return what a file of errands has of a person by their keys; raises StateError for a damaged file."""
    if not path.exists():
        return []
    rows = rows_where(path, pl.col("key").is_in(list(keys)), _COLUMNS)
    return [_item(row) for row in rows.sort("batch", "position").iter_rows(named=True)]


def _item(row: dict[str, Any]) -> ErrandItem:
    return ErrandItem(
        number=row["batch"],
        position=row["position"],
        deed=Deed(row["sending"]),
        key=row["key"],
        zendesk_id=row["zendesk_id"],
        payload=row["payload"],
        decided=Fate(row["reason"]) if row["reason"] else None,
    )
