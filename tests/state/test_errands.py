"""Whom runs created."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from zdpipe.model.batch import Batch, BatchState, ItemResult, ItemStatus
from zdpipe.state import errands
from zdpipe.state.batches import BatchStore
from zdpipe.state.database import open_database, transaction
from zdpipe.state.errands import created_by_runs
from zdpipe.state.runs import NewRun, insert_run

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STATUSES = (ItemStatus.CREATED, ItemStatus.UPDATED, ItemStatus.FAILED, ItemStatus.CREATED)


@pytest.mark.parametrize("at_once", [1, 50_000])
def test_of_some_users_those_are_told_whom_runs_of_the_account_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(errands, "_ROWS_AT_ONCE", at_once)
    with closing(open_database(tmp_path / "state.sqlite")) as connection:
        for first, account in ((10, "here"), (20, "elsewhere"), (30, "here")):
            insert_run(connection, NewRun(str(first), "q.sql", "production", account, "SELECT 1", NOW))
            store = BatchStore(connection, str(first), account)
            with transaction(connection):
                store.enqueue([Batch(1, len(STATUSES), BatchState.READY)])
            store.mark_sending(store.get(1), NOW, None)
            store.mark_accepted(store.get(1), f"job-{first}")
            results = [
                ItemResult(place, status, None if status is ItemStatus.FAILED else first + place)
                for place, status in enumerate(STATUSES)
            ]
            store.settle(store.get(1), results, NOW)
        asked = pl.Series([33, 99, 30, 20, 11, 10], dtype=pl.Int64)
        assert sorted(created_by_runs(connection, "here", asked)) == [10, 30, 33]
        assert created_by_runs(connection, "here", asked.clear()).to_list() == []
