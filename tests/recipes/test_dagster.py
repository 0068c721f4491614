"""The asset, run by Dagster against an account: what is tried again, what is not, and what a stop does."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.recipes.dagster import BIN, JOB, RECIPE, Dagster
from tests.recipes.nights import (
    QUERY,
    assert_everybody_arrived_once,
    by_oauth,
    nobody_answers,
    orchestrated,
    refuse_customers,
    slow,
    wait_for_users,
    wait_until,
)
from tests.stories.conftest import MakeWorld
from tests.stories.world import World
from zdpipe.model.catalogue import CODES


@pytest.fixture
def dagster(world: World, tmp_path: Path) -> Dagster:
    return Dagster.of(by_oauth(orchestrated(world, 300)), tmp_path / "dagster")


def test_a_night_is_a_materialization_with_its_counts_and_a_log_with_its_run(dagster: Dagster) -> None:
    rows = [(f"id-{n}", None if n < 3 else f"Customer {n}", f"c{n}@example.com") for n in range(100)]
    dagster.world.customers(rows)
    ended = dagster.run()
    assert (ended["success"], ended["tries"], ended["passed"]) == (True, 1, True), dagster.log
    facts = ended["metadata"]
    assert (facts["outcome"], facts["created"], facts["rejected"]) == ("succeeded", 97, 3)
    assert re.search(rf"\[{facts['run_id']}\] Sending 97 users", dagster.log)
    assert (ended["zone"], ended["pool"]) == ("Europe/Oslo", "zdpipe")
    assert set(ended["passing"]) <= set(CODES)


def test_customers_whom_zendesk_refuses_fail_the_check_and_nothing_else(dagster: Dagster) -> None:
    refuse_customers(dagster.world)
    ended = dagster.run()
    assert (ended["success"], ended["tries"], ended["passed"]) == (True, 1, False), dagster.log
    assert (ended["metadata"]["outcome"], ended["metadata"]["failed"]) == ("partial", 11)


def test_a_guards_refusal_fails_it_at_once_and_is_let_pass_by_hand(dagster: Dagster) -> None:
    assert dagster.run()["success"]
    dagster.world.many_customers(300, city="Rome")
    refused = dagster.run()
    assert (refused["success"], refused["tries"]) == (False, 1)
    assert "--allow updated" in dagster.log
    assert dagster.run(allow="updated")["success"]
    assert {user["user_fields"]["city"] for user in dagster.world.users().values()} == {"Rome"}


def test_what_somebody_has_to_mend_is_not_tried_again(dagster: Dagster) -> None:
    dagster.world.write(QUERY, "SELECT amperity_id AS external_id FROM Customer_360")
    ended = dagster.run()
    assert (ended["success"], ended["tries"]) == (False, 1), dagster.log
    assert "zdpipe left with 2." in dagster.log


def test_an_account_out_of_reach_is_tried_again_as_often_as_it_says(dagster: Dagster) -> None:
    nobody_answers(dagster.world)
    ended = dagster.run()
    assert (ended["success"], ended["tries"]) == (False, 4), dagster.log
    assert dagster.log.count("zdpipe left with 2.") >= 4


def test_stopped_in_the_middle_zdpipe_stops_in_order_and_the_next_run_completes(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    world = by_oauth(slow(make_world))
    dagster = Dagster.of(world, tmp_path / "dagster")
    process = dagster.start([str(BIN / "dagster"), "job", "execute", "-f", RECIPE.name, "-j", JOB])
    wait_for_users(world, 200)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode != 0

    def stopped() -> bool:
        (run,) = world.zdpipe("runs", "list", "--format", "json").json["runs"]
        return bool(run["outcome"] == "interrupted" and run["error"]["code"] == "interrupted")

    wait_until(stopped)
    assert dagster.run()["success"], dagster.log
    assert_everybody_arrived_once(world, 1200)
