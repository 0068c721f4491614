from __future__ import annotations

from pathlib import Path

import polars as pl

from tests.pipeline.world import QUERY, World
from zdpipe.model.run import Counts
from zdpipe.pipeline.planning import planned
from zdpipe.pipeline.prepare import prepared, read_one_query
from zdpipe.state.folder import prepare_state_folder


def test_every_row_is_counted_once_and_left_out_rows_are_on_disk(world: World, tmp_path: Path) -> None:
    world.customers(
        [
            ("id-1", "Jane", "jane@example.com", "Oslo"),
            ("ID-1", "Jane", "jane@example.com", "Rome"),
            ("id-2", "Joe", "no address", None),
            ("id-3", None, None, None),
        ]
    )
    prepare_state_folder(world.bench.project.paths.state)
    with (
        prepared(world.bench, read_one_query(world.bench, QUERY)) as ready,
        planned(world.bench, ready, tmp_path, None) as plan,
    ):
        assert plan.counts == Counts(read=4, rejected=1, duplicate=1, created=2)
        assert plan.counts_before_sending == Counts(read=4, rejected=1, duplicate=1, pending=2)
        assert plan.rejections == {"name_missing": 1}
        assert plan.warnings == {"conflicting_rows": 1, "invalid_email": 1}
        assert plan.gone == 0
    assert pl.read_parquet(tmp_path / "rejects.parquet")["row"].to_list() == [4]
    assert pl.read_parquet(tmp_path / "warnings.parquet")["reason"].to_list() == ["invalid_email"]
    assert pl.read_parquet(tmp_path / "conflicts.parquet")["reason"].to_list() == ["conflicting_rows"]


def test_a_query_of_no_rows_counts_nothing_and_nobody_as_gone(world: World, tmp_path: Path) -> None:
    world.many(2)
    world.run()
    world.customers([])
    known = world.folder / ".zdpipe" / "known" / "127.0.0.1_8977.duckdb"
    with (
        prepared(world.bench, read_one_query(world.bench, QUERY)) as ready,
        planned(world.bench, ready, tmp_path, known) as plan,
    ):
        assert (plan.counts, plan.gone) == (Counts(), 0)
