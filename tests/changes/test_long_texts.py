"""Texts of many kilobytes, as notes about a customer may be, need no more memory than is given."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from tests.changes.rows import Row, frame
from tests.clock import FakeClock
from zdpipe.changes.workspace import Wanted, Workspace
from zdpipe.model.resources import Resources
from zdpipe.state.rowfile import RowFile

FIELDS = ("name", "details", "notes")
PEOPLE = 5_000


def test_a_hundred_megabytes_of_notes_are_compared_and_written(tmp_path: Path) -> None:
    text = "x" * 12_000
    rows = [
        Row(f"id-{n}", None, {"name": f"Ann {n}", "details": f"{n}{text}", "notes": f"{text}{n}"})
        for n in range(PEOPLE)
    ]
    records = frame(rows, FIELDS)
    with RowFile(tmp_path / "scratch", passing=True) as scratch:
        scratch.append(records.select("row", s0=pl.col("details"), s1=pl.col("notes")))
    resources = Resources("125MB", tmp_path / "tmp", 2)
    with Workspace.open(
        tmp_path / "work.duckdb", Wanted(FIELDS), resources, known=None, clock=FakeClock()
    ) as workspace:
        workspace.stage(records)
        workspace.compare()
        workspace.order()
        workspace.write_sources(tmp_path / "scratch", tmp_path / "sources.parquet", ["details", "notes"], {})
        batches = workspace.write_outbox(tmp_path / "outbox.parquet", 100)
    assert sum(batch.users for batch in batches) == PEOPLE
    for file in ("sources.parquet", "outbox.parquet"):
        assert pq.ParquetFile(tmp_path / file).metadata.num_rows == PEOPLE
