"""What a plan says is what a run does, whatever the data did before."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipeline.world import QUERY, World
from zdpipe.model.run import Counts, RunReport
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.planning import planned
from zdpipe.pipeline.prepare import prepared, read_one_query
from zdpipe.pipeline.store import open_store

KNOWN = Path(".zdpipe/known/127.0.0.1_8977.duckdb")
STATUS = {"create": "created", "update": "updated", "email": "updated"}
IDS = ["k1", "K1", "k2", "k3", "k4"]
# An address that several ids claim, and one of a user whom the query knows nothing of.
SHARED, TAKEN = "shared@example.com", "taken@example.com"
Item = tuple[str, str, str]
Table = list[tuple[str | None, str | None, str | None, str | None]]


@st.composite
def customers(draw: st.DrawFn) -> tuple[str | None, str | None, str | None, str | None]:
    """One row: id, name, email, city; some are rejected, misspelled, or somebody else's twin."""
    key = draw(st.sampled_from([*IDS, None]))
    own = f"{(key or 'x').lower()}@example.com"
    emails = [own, own.upper(), f"other-{own}", SHARED, "no address", None, *([TAKEN] if key else [])]
    email = draw(st.sampled_from(emails))
    name = draw(st.sampled_from(["Ann", " Ann  ", "Bob", None]))
    city = draw(st.sampled_from(["Oslo", "Rome", " Rome", "", None]))
    return key, name, email, city


tables = st.lists(st.lists(customers(), min_size=1, max_size=6), min_size=1, max_size=4)


def forecast(world: World) -> set[Item]:
    """Return every item a run would send: key, address, and how it is meant to end."""
    known = world.folder / KNOWN
    with (
        TemporaryDirectory() as folder,
        prepared(world.bench, read_one_query(world.bench, QUERY)) as ready,
        planned(world.bench, ready, Path(folder), known if known.exists() else None) as plan,
    ):
        plan.workspace.write_outbox(Path(folder) / "outbox.parquet", 100)
        items = pl.read_parquet(Path(folder) / "outbox.parquet")
        return {
            (key, payload, STATUS[sending])
            for key, payload, sending in items.select("key", "payload", "sending").iter_rows()
        }


def outcomes(world: World, run: RunReport) -> tuple[set[Item], set[Item]]:
    """Return every item of a run as it ended, and those that failed as they were sent."""
    with open_store(world.bench) as store:
        items = pl.read_parquet(store.folder.outbox(run.run_id))
        rows = store.connection.execute(
            "SELECT batch, position, status FROM results WHERE run_id = ?", [run.run_id]
        ).fetchall()
    status = {(row["batch"], row["position"]): row["status"] for row in rows}
    ended, failed = set(), set()
    columns = items.select("key", "payload", "sending", "batch", "position")
    for key, payload, sending, batch, position in columns.iter_rows():
        is_failed = status[batch, position] == "failed"
        (failed if is_failed else ended).add(
            (key, payload, STATUS[sending] if is_failed else status[batch, position])
        )
    return ended, failed


@pytest.mark.histories
@settings(max_examples=60, deadline=None)
@given(tables)
def test_each_rows_forecast_is_its_outcome(history: list[Table]) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder) / "project")
        world.lift_guards()
        other = {"name": "Somebody", "email": TAKEN, "external_id": "other", "skip_verify_email": True}
        world.tell("/api/v2/users", {"user": other})
        try:
            for table in history:
                world.customers(table)
                _plan_run_and_repeat(world)
        finally:
            world.close()


def _plan_run_and_repeat(world: World) -> None:
    plan, expected = plan_query(world.bench, QUERY), forecast(world)
    run = world.run()
    ended, failed = outcomes(world, run)
    assert ended | failed == expected
    same = ("read", "rejected", "duplicate", "unchanged")
    assert [getattr(run.counts, name) for name in same] == [getattr(plan.counts, name) for name in same]
    assert run.gone == plan.gone
    if failed:  # an address of somebody else, which only the account knows
        assert run.counts.created + run.counts.updated < plan.counts.created + plan.counts.updated
        return
    assert run.counts == plan.counts
    written = world.stats
    again = world.run().counts
    assert again == Counts(
        read=run.counts.read, rejected=run.counts.rejected, duplicate=run.counts.duplicate,
        unchanged=run.counts.unchanged + run.counts.created + run.counts.updated,
    )  # fmt: skip
    assert world.stats == written | {"requests": world.stats["requests"]}
