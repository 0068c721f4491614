"""What the page about a run is made of."""

from __future__ import annotations

import shutil

import pytest

from tests.delivery.unruly import PowerCut, cut_power_after
from tests.pipeline.test_failed import DATES, fail_some
from tests.pipeline.test_rollback import take_back
from tests.pipeline.world import QUERY, SQL, World
from zdpipe.errors import UsageProblem
from zdpipe.model.run import Outcome
from zdpipe.pipeline.dossier import dossier
from zdpipe.pipeline.forget import forget_person

_JOINED = "Customer_360 JOIN cities AS c ON id = c.amperity_id"


def test_the_pace_is_below_the_limit_and_has_everybody(world: World) -> None:
    world.many(450)
    world.run()
    pace = dossier(world.bench).pace
    assert {slot.limit for slot in pace.slots} == {100}
    assert max(slot.rate for slot in pace.slots) <= 100.01
    assert sum(slot.rate * slot.seconds for slot in pace.slots) == pytest.approx(450)
    assert (pace.slots[-1].sent, pace.slots[-1].settled) == (450, 450)


def test_a_stopped_run_sent_more_than_is_known(world: World) -> None:
    world.many(250)
    world.network.on_write[2] = cut_power_after
    with pytest.raises(PowerCut):
        world.run()
    made = dossier(world.bench)
    assert made.report.outcome is Outcome.INTERRUPTED
    assert (made.pace.slots[-1].sent, made.pace.slots[-1].settled) == (200, 0)


def test_a_resumed_run_knows_the_limit_of_each_sitting(world: World) -> None:
    world.many(250)
    world.network.on_write[2] = cut_power_after
    with pytest.raises(PowerCut):
        world.run()
    world.clock.advance(30_000)
    world.destinations(pace=200)
    world.resume()
    slots = dossier(world.bench).pace.slots
    assert (slots[0].limit, slots[-1].limit) == (100, 200)
    assert any(slot.pause for slot in slots)


def test_a_run_that_sent_nobody_has_no_pace(world: World) -> None:
    world.many(5)
    world.run()
    world.run()
    assert dossier(world.bench).pace.slots == ()


def test_the_sql_is_the_one_that_ran_with_findings_and_tables(world: World) -> None:
    world.many(5)
    table = world.write("attribute_tables/cities.sql", "SELECT id AS amperity_id, city FROM Customer_360")
    joined = SQL.replace("city AS", "c.city AS").replace("Customer_360", _JOINED)
    world.write(QUERY, joined)
    world.run()
    table.write_text("broken", encoding="utf-8")
    world.write(QUERY, "broken")
    query, cities = dossier(world.bench).sql
    assert (query.path, query.text) == (QUERY.as_posix(), joined)
    assert (cities.path, cities.text.split()[0]) == ("attribute_tables/cities.sql", "SELECT")
    assert not [finding for finding in query.findings if finding.severity == "error"]
    starred = world.write("queries/limit.sql", f"{SQL} LIMIT 3\n")
    table.unlink()
    world.run(starred)
    (limited,) = dossier(world.bench).sql
    assert [finding.name for finding in limited.findings] == ["limit-without-order"]


def test_who_failed_is_there_while_the_files_are(world: World) -> None:
    world.write(QUERY, DATES)
    run_id = fail_some(world, *range(30), count=31)
    made = dossier(world.bench, run_id)
    assert (len(made.failures), made.failed, made.no_failures) == (20, 30, "")
    assert made.failures[0]["key"] == "id-0"
    shutil.rmtree(world.folder / ".zdpipe/runs" / run_id)
    gone = dossier(world.bench, run_id)
    assert gone.failures == ()
    assert "are gone" in gone.no_failures


def test_whoever_was_forgotten_is_on_no_page(world: World) -> None:
    world.write(QUERY, DATES.rstrip() + " WHERE id <> 'id-nobody-0'")
    fail_some(world, 0, 1)
    forget_person(world.bench, "id-1")
    made = dossier(world.bench)
    assert "id-1" not in str(made.failures)
    assert made.failed == 2


def test_a_rollback_ran_no_query(world: World) -> None:
    world.lift_guards()
    world.many(5)
    world.run()
    world.many(5, city="Bergen")
    run_id = world.run(remember=True).run_id
    take_back(world, run_id)
    made = dossier(world.bench)
    assert (made.report.rolls_back, made.sql) == (run_id, ())
    assert made.pace.slots


def test_no_run_at_all_is_told(world: World) -> None:
    with pytest.raises(UsageProblem, match="no run yet"):
        dossier(world.bench)
