"""What plans, seals, retries and old runs know of people who are gone."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tests.delivery.unruly import answering
from tests.pipeline.leaving import act, people, seen, user
from tests.pipeline.world import QUERY, World
from tests.stories.searching import found_in
from zdpipe.cli.exit_codes import of_run
from zdpipe.errors import ProjectError, UsageProblem
from zdpipe.model.run import Outcome
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.history import failures
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.pruning import prune
from zdpipe.pipeline.retry import retry_run
from zdpipe.pipeline.run import run_query
from zdpipe.pipeline.sealing import SealBroken
from zdpipe.reports.plan_html import plan_html
from zdpipe.reports.plan_json import plan_json


@pytest.fixture
def left(world: World) -> World:
    act(world, "suspend")
    third = {"external_id": "id-3", "name": "Customer 3", "email": "c3@example.com"}
    world.tell("/api/v2/users", {"user": third})
    world.customers(people(1, 2, 3))
    world.run()
    world.customers(people(1))
    return world


def known_file(world: World) -> Path:
    return world.folder / ".zdpipe" / "known" / "127.0.0.1_8977.duckdb"


def test_a_plan_tells_what_would_be_done_to_how_many(left: World) -> None:
    before = left.stats["requests"]
    plan = plan_query(left.bench, QUERY)
    assert plan_json(plan)["gone_actions"] == {
        "action": "suspend",
        "people": 2,
        "outcomes": {"pending": 1, "not_created_by_us": 1},
        "returned": {},
    }
    assert "to be suspended" in plan_html(plan)
    assert left.stats["requests"] == before
    assert left.run().farewells.gone == {"done": 1, "not_created_by_us": 1}


def test_without_an_action_a_plan_says_no_more_than_before(left: World) -> None:
    act(left, "report")
    assert "gone_actions" not in plan_json(plan_query(left.bench, QUERY))


def test_a_plan_tells_who_is_back(left: World) -> None:
    left.run()
    left.customers(people(1, 2, 3))
    plan = plan_query(left.bench, QUERY)
    assert (plan.farewells.returned, plan.counts.updated) == ({"pending": 1}, 1)
    assert left.run().counts.updated == 1


def sealed(world: World) -> Path:
    path = world.folder / "sealed.json"
    plan = plan_query(world.bench, QUERY, online=True, seal=True)
    assert plan.seal is not None
    path.write_text(plan.seal.as_text(), encoding="utf-8")
    return path


def test_a_sealed_plan_holds_the_actions_too(left: World) -> None:
    seal = sealed(left)
    run = run_query(left.bench, QUERY, sealed=seal)
    assert run.farewells.gone == {"done": 1, "not_created_by_us": 1}
    with pytest.raises(SealBroken, match="what is known of the account changed"):
        run_query(left.bench, QUERY, sealed=seal)


def test_another_action_breaks_a_seal(left: World) -> None:
    seal = sealed(left)
    act(left, "delete")
    with pytest.raises(SealBroken, match=r"zdpipe\.toml changed"):
        run_query(left.bench, QUERY, sealed=seal)
    assert user(left, 2) is not None


def test_full_resends_everybody_and_acts_alike(left: World) -> None:
    run = left.run(full=True)
    assert (run.counts.updated, run.farewells.gone) == (1, {"done": 1, "not_created_by_us": 1})


def test_a_header_counts_before_the_project(left: World) -> None:
    sql = (left.folder / QUERY).read_text(encoding="utf-8")
    left.write(QUERY, f"-- zdpipe: gone=report\n{sql}")
    run = left.run()
    assert (run.gone, run.farewells.gone) == (2, {})
    left.write(QUERY, f"-- zdpipe: gone=tag\n{sql}")
    with pytest.raises(ProjectError, match="the project has no tag"):
        left.run()


def test_samples_retries_and_empty_results_act_on_nobody(left: World) -> None:
    left.customers([*people(1), ("id-9", "", None, "Oslo"), *people(8)])
    assert left.run(sample=1).farewells.gone == {}
    left.customers([])
    assert (left.run().gone, user(left, 2) is not None) == (0, True)
    left.customers(people(1, city="Rome"))
    left.network.refused_user = "id-1"
    failed = left.run()
    assert failed.farewells.gone == {"done": 2, "not_created_by_us": 1}
    left.customers([])
    left.network.refused_user = None
    left.clock.advance(1)
    assert retry_run(left.bench, failed.run_id).farewells.gone == {}


def test_nobody_is_acted_on_with_a_canary(left: World) -> None:
    left.customers(people(1, 8, 9))
    run = left.run(canary=1)
    assert (run.outcome, run.gone, run.farewells.gone) == (Outcome.SUCCEEDED, 0, {})
    assert seen(left, 2)["suspended"] is False
    assert left.run().farewells.gone == {"done": 1, "not_created_by_us": 1}


def test_rejected_and_duplicate_rows_keep_people(left: World) -> None:
    left.customers([*people(1), ("ID-2", None, None, "Oslo"), *people(3), *people(3)])
    run = left.run()
    assert (run.gone, run.counts.rejected, run.counts.duplicate) == (0, 1, 1)


def test_an_address_alone_in_a_rejected_row_keeps_its_owner(left: World) -> None:
    left.customers([*people(1), (None, None, "C2@Example.com ", "Oslo"), *people(3)])
    assert left.run().gone == 0


def test_an_address_in_a_rejected_row_keeps_whoever_is_known_by_it_alone(world: World) -> None:
    act(world, "delete")
    world.customers([*people(1), (None, "Zoe", "zoe@example.com", "Oslo")])
    world.run()
    world.customers([*people(1), ("id-9", None, "Zoe@example.com", "Oslo")])
    assert world.run().gone == 0


def test_failures_say_whom_zendesk_refused(left: World) -> None:
    left.network.on_deed = dict.fromkeys(range(1, 9), answering(422, "Customer 2 cannot be changed"))
    run = left.run()
    assert run.farewells.failed == 1
    assert of_run(run) == 1
    found = failures(left.bench, run.run_id)
    assert (found.people, found.objects) == (1, 1)
    (row,) = found.rows.to_dicts()
    assert (row["key"], row["sending"], row["reason"]) == ("id-2", "suspend", "failed")
    assert "Customer 2 cannot be changed" in row["details"]


def test_who_created_somebody_is_known_when_the_run_is_pruned(left: World) -> None:
    left.customers(people(1, 2, 3))
    for _ in range(3):
        left.run()
    prune(left.bench, 1)
    left.customers(people(1))
    assert left.run().farewells.gone == {"done": 1, "not_created_by_us": 1}


def downgrade(world: World, version: int) -> None:
    """Make the known users' file one of an older format."""
    with closing(duckdb.connect(known_file(world))) as connection:
        connection.execute("ALTER TABLE users DROP COLUMN created_id")
        connection.execute("DROP TABLE marks")
        connection.execute("DROP TABLE traces")
        connection.execute("UPDATE meta SET format_version = ?", [version])


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_of_an_older_format_is_read_and_brought_up_to_date(left: World, version: int) -> None:
    downgrade(left, version)
    plan = plan_query(left.bench, QUERY)
    assert plan.farewells.gone == {"pending": 1, "not_created_by_us": 1}  # the run that created them is there
    assert left.run().farewells.gone == {"done": 1, "not_created_by_us": 1}
    left.customers(people(1, 2, 3))
    assert left.run().farewells.returned == {"done": 1}


def test_what_an_old_run_did_not_write_down_goes_with_it(left: World) -> None:
    left.customers(people(1, 2, 3))
    for _ in range(3):
        left.run()
    downgrade(left, 2)
    prune(left.bench, 1)
    left.customers(people(1))
    assert left.run().farewells.gone == {"not_created_by_us": 2}


PLANTED = ("ZQ-7731", "Zebulona", "zeb@unusual.example")
ZEB = ("ZQ-7731", "Zebulona", "zeb@unusual.example", "Oslo")


@pytest.mark.parametrize("action", ["blank", "tag", "suspend", "delete"])
def test_whoever_was_taken_leave_of_can_be_forgotten(world: World, action: str) -> None:
    act(world, action, tag="gone")
    world.customers([*people(1), ZEB])
    world.run()
    world.customers(people(1))
    world.network.on_deed = {1: answering(422, "Zebulona (zeb@unusual.example) cannot be changed")}
    world.run()
    world.network.on_deed = {}
    world.run()
    state = world.folder / ".zdpipe"
    assert found_in(state, PLANTED)
    forgotten = forget_person(world.bench, "ZQ-7731")
    assert forgotten.found
    assert found_in(state, PLANTED) == {}
    world.run()
    assert found_in(state, PLANTED) == {}


def test_of_a_deleted_customer_nothing_is_left_though_nobody_knows_them(world: World) -> None:
    act(world, "delete")
    world.customers([*people(1), ZEB])
    world.run()
    for city in ("Oslo", "Rome", "Bern"):
        world.customers(people(1, city=city))
        world.run()
    prune(world.bench, 1)
    state = world.folder / ".zdpipe"
    assert found_in(state, PLANTED)
    assert not forget_person(world.bench, "ZQ-7731").found
    assert found_in(state, PLANTED) == {}


def test_an_unfinished_run_that_would_act_on_them_stands_in_the_way(world: World) -> None:
    act(world, "suspend")
    world.customers([*people(1), ZEB])
    world.run()
    world.customers(people(1))
    world.network.on_deed = {1: answering(403)}
    stopped = world.run()
    with pytest.raises(UsageProblem, match="would still send this customer"):
        forget_person(world.bench, "ZQ-7731")
    world.network.on_deed = {}
    world.resume(stopped.run_id)
    assert forget_person(world.bench, "ZQ-7731").found
    assert found_in(world.folder / ".zdpipe", PLANTED) == {}


def test_old_runs_go_with_their_errands(left: World) -> None:
    left.run()
    for city in ("Rome", "Oslo", "Bern"):
        left.customers(people(1, city=city))
        last = left.run()
    prune(left.bench, 1)
    assert not list((left.folder / ".zdpipe" / "runs").glob("*/errands.parquet"))
    assert last.farewells.gone == {}


def test_when_the_action_is_switched_off_the_guard_counts_anew(world: World) -> None:
    act(world, "tag", tag="gone")
    world.many(300)
    world.run()
    world.many(290)
    assert world.run().farewells.gone == {"done": 10}
    act(world, "report")
    toml = world.folder / "zdpipe.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("gone = 100", "gone = 1"), encoding="utf-8")
    world.many(280)
    refused = world.run()
    assert refused.was_refused
    assert "10 of 290 customers of the query left it" in refused.stop.message


def test_the_json_of_a_run_says_what_was_done(left: World) -> None:
    document = json.loads(json.dumps(left.run().as_json()))
    assert document["gone_actions"]["outcomes"] == {"done": 1, "not_created_by_us": 1}
    assert document["counts"]["read"] == 1
    assert seen(left, 2)["suspended"] is True
