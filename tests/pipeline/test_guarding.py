"""A plan that looks like a mistake sends nothing, unless somebody says that it is none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipeline.retrying import BAD, GOOD, check_dates
from tests.pipeline.world import QUERY, SQL, World
from zdpipe.errors import Interrupted
from zdpipe.model.guard import Guard, Ruling
from zdpipe.model.run import Counts, Outcome
from zdpipe.pipeline.history import list_runs, rejects, show_run
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.retry import retry_run

Person = tuple[Any, ...]


def people(count: int, *, city: str | None = "Oslo", name: str | None = "Customer") -> list[Person]:
    return [(f"id-{n}", name, f"c{n}@example.com", city) for n in range(count)]


def refusing(report: Any) -> list[Guard]:
    return [verdict.guard for verdict in report.guards if verdict.ruling is Ruling.REFUSE]


def test_a_refused_run_writes_nobody_and_counts_every_row(world: World) -> None:
    world.customers([*people(8), ("id-8", None, None, None), ("id-9", None, None, None)])
    run = world.run()
    assert refusing(run) == [Guard.REJECTED]
    assert run.counts == Counts(read=10, rejected=2, pending=8)
    assert (run.outcome, run.was_refused, run.jobs) == (Outcome.FAILED, True, 0)
    assert (run.stop.code, run.stop.exit_code) == ("guard", 1)
    assert "2 of 10 rows are rejected (20%, the limit is 10%)" in run.stop.message
    assert run.stop.hint.endswith("with: zdpipe run queries/users.sql --allow rejected")
    assert (world.stats["writes"], world.stats["users_created"]) == (0, 0)
    assert len(rejects(world.bench, run.run_id).rows) == 2


def test_it_is_over_and_neither_resumed_nor_superseded(world: World) -> None:
    world.customers([("id-1", None, None, None)])
    run = world.run()
    assert run.finished_at is not None
    assert world.resume(run.run_id) == run
    again = world.run(allow=Guard.REJECTED)
    assert show_run(world.bench, run.run_id) == run
    assert again.outcome is Outcome.SUCCEEDED
    assert retry_run(world.bench, run.run_id).run_id == run.run_id  # nobody failed in it


def test_what_is_allowed_passes_once(world: World) -> None:
    world.customers([*people(8), ("id-8", None, None, None), ("id-9", None, None, None)])
    run = world.run(allow=Guard.REJECTED)
    assert run.counts == Counts(read=10, rejected=2, created=8)
    assert (run.outcome, refusing(run)) == (Outcome.SUCCEEDED, [])
    assert refusing(world.run()) == [Guard.REJECTED]


def test_every_guard_that_refuses_is_named_with_those_allowed(world: World) -> None:
    world.customers(people(10))
    world.run()
    world.customers([*people(4, city="Rome"), ("x", None, None, None)])
    run = world.run(allow=Guard.REJECTED)
    assert refusing(run) == [Guard.GONE, Guard.UPDATED]
    assert run.stop.hint.endswith("--allow rejected --allow gone --allow updated")
    assert run.gone == 6


@pytest.mark.parametrize(
    ("rows", "guard"),
    [
        ([*people(18), *people(20, city=None)[18:]], Guard.CLEARED),
        (people(19), Guard.GONE),
        (people(20, city="Rome"), Guard.UPDATED),
        (people(31), Guard.ROWS),
        ([], Guard.EMPTY),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_a_guard_compares_with_the_run_before(world: World, rows: list[Person], guard: Guard) -> None:
    world.customers(people(20))
    world.run()
    writes = world.stats["writes"]
    world.customers(rows)
    assert refusing(plan_query(world.bench, QUERY)) == [guard]
    assert refusing(world.run()) == [guard]
    assert world.stats["writes"] == writes
    assert world.run(allow=guard).outcome is Outcome.SUCCEEDED


def test_nobody_is_asked_about_values_that_a_guard_keeps(world: World) -> None:
    world.customers(people(20))
    world.run()
    world.customers([*people(18), *people(20, city=None)[18:]])
    requests = world.stats["requests"]
    refused = world.run()
    assert refusing(refused) == [Guard.CLEARED]
    assert refused.counts == Counts(read=20, unchanged=18, pending=2)
    assert world.stats["requests"] - requests == refused.requests
    allowed = world.run(allow=Guard.CLEARED)
    assert allowed.counts == Counts(read=20, unchanged=18, updated=2)
    assert allowed.requests > refused.requests


def test_a_first_run_of_a_query_and_account_has_nothing_to_compare_with(world: World) -> None:
    world.customers(people(20))
    world.run()
    other = world.write("queries/other.sql", SQL.replace("city AS", "'Rome' AS"))
    run = world.run(other)
    assert run.counts == Counts(read=20, updated=20)
    assert {verdict.ruling for verdict in run.guards} == {Ruling.OK, Ruling.LATER}
    world.write("queries/other.sql", SQL.replace("city AS", "'Bern' AS"))
    assert refusing(world.run(other)) == [Guard.UPDATED]
    world.destinations("elsewhere", "http://127.0.0.1:9999")
    assert world.run(other).counts == Counts(read=20, updated=20)  # the same users, by another address


def test_a_run_that_did_not_finish_is_nothing_to_compare_with(world: World) -> None:
    world.customers(people(20))
    world.interrupt(2)
    assert world.run().outcome is Outcome.INTERRUPTED
    world.customers(people(20, city="Rome"))
    assert world.run().outcome is Outcome.SUCCEEDED


def test_a_refused_run_and_an_empty_one_are_nothing_to_compare_with(world: World) -> None:
    world.customers(people(20))
    world.run()
    world.customers([])
    world.run()
    world.run(allow=Guard.EMPTY)
    world.customers(people(31))
    assert refusing(world.run()) == [Guard.ROWS]
    world.customers(people(20))
    assert world.run().counts == Counts(read=20, unchanged=20)


def test_who_left_once_and_was_told_is_not_told_every_time(world: World) -> None:
    world.customers(people(20))
    world.run()
    world.customers(people(15))
    assert refusing(world.run()) == [Guard.GONE]
    assert world.run(allow=Guard.GONE).gone == 5
    run = world.run()
    assert (run.gone, refusing(run)) == (5, [])
    world.customers(people(14))
    assert refusing(world.run()) == [Guard.GONE]


def test_everybody_sent_again_is_no_change_of_everybody(world: World) -> None:
    world.customers(people(20))
    world.run()
    assert world.run(full=True).counts == Counts(read=20, updated=20)
    world.customers(people(20, city="Rome"))
    run = world.run(full=True)
    assert refusing(run) == [Guard.UPDATED]
    assert "--full --allow updated" in run.stop.hint


def test_values_nobody_can_read_are_no_nulls(world: World) -> None:
    world.write(QUERY, SQL.replace("city AS", "city AS phone, city AS"))
    world.customers(people(20, city="+12065550100"))
    world.run()
    world.customers([*people(18, city="+12065550100"), *people(20, city="12")[18:]])
    verdicts = {verdict.guard: verdict for verdict in plan_query(world.bench, QUERY).guards}
    assert (verdicts[Guard.CLEARED].part, verdicts[Guard.CLEARED].whole) == (0, 20)


def test_a_retry_sends_whatever_a_guard_would_say(world: World) -> None:
    check_dates(world)
    rows = [(f"id-{n}", f"Customer {n}", f"c{n}@example.com", BAD if n < 4 else GOOD) for n in range(20)]
    world.customers(rows)
    first = world.run()
    assert first.counts.failed == 4
    world.customers([(*rows[0][:3], GOOD), *(("id-1", None, None, GOOD),) * 2])
    world.clock.advance(1)
    run = retry_run(world.bench, first.run_id)
    assert run.counts == Counts(read=3, rejected=2, created=1)
    assert [(verdict.guard, verdict.ruling) for verdict in run.guards] == [(Guard.REJECTED, Ruling.TOLD)]
    world.customers(rows)
    assert refusing(world.run()) == []  # compared with the run of all, not with the retry


def stop_now() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("allowed", [(), (Guard.REJECTED,)])
def test_a_run_stopped_while_it_was_planned_keeps_what_was_allowed(
    world: World, allowed: tuple[Guard, ...]
) -> None:
    world.customers([*people(4), ("id-8", None, None, None)])
    world.listener.on_stage["comparing"] = stop_now
    with pytest.raises(Interrupted):
        world.run(allow=allowed)
    run = world.resume()
    assert run.outcome is (Outcome.SUCCEEDED if allowed else Outcome.FAILED)
    assert world.stats["users_created"] == (4 if allowed else 0)
    assert len(list_runs(world.bench)) == 1


def test_a_stopped_run_that_a_refused_one_replaced_loses_nothing(world: World) -> None:
    world.many(250)
    world.interrupt(3)
    old = world.run()
    world.customers([])
    refused = world.run()
    assert refusing(refused) == [Guard.EMPTY]
    old = show_run(world.bench, old.run_id)
    assert old.outcome is Outcome.SUPERSEDED
    old.counts.check_conservation()
    world.many(250)
    new = world.run()
    assert old.counts.created + new.counts.created == world.stats["users_created"] == 250


def test_thresholds_are_the_projects(world: World) -> None:
    path = world.folder / "zdpipe.toml"
    path.write_text(path.read_text() + "\n[guards]\nrejected = 20\nempty = false\n")
    world.customers([*people(4), ("id-8", None, None, None)])
    assert world.run().outcome is Outcome.SUCCEEDED
    world.customers([])
    assert world.run().counts == Counts()
