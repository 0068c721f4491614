from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from tests.changes.rows import Row, frame
from tests.clock import FakeClock
from zdpipe.changes.parts import rows_that_fit
from zdpipe.changes.session import Session
from zdpipe.changes.workspace import Wanted, Workspace
from zdpipe.model.resources import Resources
from zdpipe.state.rowfile import RowFile


@pytest.mark.parametrize(
    ("rows", "size", "memory", "fitting"),
    [
        (10_000_000, 2_000_000_000, 120_000_000, 200_000),
        (10_000_000, 2_000_000_000, 60_000_000, 100_000),
        (10_000, 400_000_000, 120_000_000, 166),
        (2, 400_000_000, 1_000_000, 1),
        (0, 0, 120_000_000, 40_000_000),
    ],
)
def test_a_third_of_the_memory_is_for_a_part_and_less_for_long_texts(
    rows: int, size: int, memory: int, fitting: int
) -> None:
    assert rows_that_fit(rows, size, memory) == fitting


def test_few_who_are_chosen_among_many_are_no_reason_for_small_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamed: list[str] = []
    stream = Session.stream

    def counted(session: Session, sql: str, rows: int) -> Iterator[pa.RecordBatch]:
        streamed.append(sql)
        return stream(session, sql, rows)

    monkeypatch.setattr(Session, "stream", counted)
    records = frame([Row(f"id-{n}", None, {"name": "x" * 1000}) for n in range(5000)], ["name"])
    with RowFile(tmp_path / "scratch", passing=True) as scratch:
        scratch.append(records.select("row", s0=pl.col("name")))
    resources = Resources("20MB", tmp_path / "tmp", 1)
    with Workspace.open(
        tmp_path / "work.duckdb", Wanted(["name"]), resources, known=None, clock=FakeClock()
    ) as workspace:
        workspace.choose(pl.DataFrame({"key": ["id-0", "id-4999"], "by_address": [False, False]}))
        workspace.stage(records)
        workspace.compare()
        workspace.order()
        workspace.write_sources(tmp_path / "scratch", tmp_path / "sources.parquet", ["name"], {})
        workspace.write_outbox(tmp_path / "outbox.parquet", 100)
    assert len(streamed) < 20
