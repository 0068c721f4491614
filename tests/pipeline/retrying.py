"""Runs of which somebody fails, and their retries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.pipeline.world import QUERY, World
from zdpipe.model.run import Outcome
from zdpipe.pipeline.retry import retry_run

# The account checks the last column, so that anybody can be made to fail.
SQL = (
    'SELECT id AS external_id, name AS name, email AS email, city AS "user_fields.birthdate"'
    " FROM Customer_360 ORDER BY rowid"
)
GOOD, BAD = "1990-01-01", "at Easter"
Rows = dict[str, tuple[Any, ...]]


def check_dates(world: World) -> None:
    """Let the project's query be the one with the dates."""
    world.write(QUERY, SQL)


def people(count: int, *bad: int) -> Rows:
    """Return customers by number, those named with a date that the account refuses."""
    return {
        f"id-{n}": (f"id-{n}", f"Customer {n}", f"c{n}@example.com", BAD if n in bad else GOOD)
        for n in range(count)
    }


def start(world: World, rows: Rows) -> str:
    """Run the query over some customers of whom somebody fails."""
    world.customers(list(rows.values()))
    run = world.run()
    assert run.outcome is Outcome.PARTIAL
    return str(run.run_id)


def retry(world: World, run_id: str) -> Any:
    world.clock.advance(1)  # so that the newest run is known from the one before
    report = retry_run(world.bench, run_id)
    report.counts.check_conservation()
    assert report.gone == 0
    return report


def written(world: World) -> Iterator[Mapping[str, Any]]:
    """Yield every user sent since this was last asked."""
    for users in world.network.writes:
        yield from users
    world.network.writes.clear()


def names(world: World) -> list[str]:
    return [user.get("external_id") or user["email"] for user in written(world)]


def interrupted(world: World) -> str:
    """Leave a run of which somebody failed and something is left."""
    world.customers(list(people(450, 1).values()))
    world.interrupt(9)
    run = world.run()
    assert run.outcome is Outcome.INTERRUPTED
    assert run.counts.failed == 1
    return str(run.run_id)
