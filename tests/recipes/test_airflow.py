"""The DAG, run by Airflow against an account: what is tried again, what is not, and what a kill does."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator

import pytest

from tests.recipes.airflow import Airflow, airflow_in
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
from zdpipe.model.guard import Guard


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    with airflow_in(tmp_path_factory.mktemp("airflow")) as airflow:
        yield airflow


@pytest.fixture
def airflow(world: World, process: Airflow) -> Airflow:
    process.take(by_oauth(orchestrated(world, 300)))
    return process


def test_a_night_returns_its_runs_and_logs_each_line_with_its_run(world: World, airflow: Airflow) -> None:
    rows = [(f"id-{n}", None if n < 3 else f"Customer {n}", f"c{n}@example.com") for n in range(100)]
    world.customers(rows)
    ended = airflow.run()
    assert (ended.state, ended.tries) == ("success", 1), ended.log
    (run,) = ended.returned.values()
    assert list(ended.returned) == [QUERY]
    assert (run["outcome"], run["counts"]["created"], run["counts"]["rejected"]) == ("succeeded", 97, 3)
    assert re.search(rf"\[{run['run_id']}\] Sending 97 users", ended.log)
    about = ended.about
    assert (about["max_active_runs"], about["catchup"], about["retries"]) == (1, False, 3)
    assert (about["schedule"], about["queue"]) == ("30 2 * * *", "zdpipe")
    assert set(about["passing"]) <= set(CODES)
    assert about["guards"] == ["none", *sorted(guard.value for guard in Guard)]


def test_customers_whom_zendesk_refuses_fail_it_at_once(world: World, airflow: Airflow) -> None:
    refuse_customers(world)
    ended = airflow.run()
    assert (ended.state, ended.tries) == ("failed", 1), ended.log
    assert "zdpipe left with 1. Zendesk refused some customers; all others arrived." in ended.log
    assert len(world.users()) == 289


def test_a_guards_refusal_fails_it_at_once_and_is_let_pass_by_hand(world: World, airflow: Airflow) -> None:
    assert airflow.run().state == "success"
    world.many_customers(300, city="Rome")
    refused = airflow.run()
    assert (refused.state, refused.tries) == ("failed", 1)
    assert "--allow updated" in refused.log
    assert airflow.run(allow="updated").state == "success"
    assert {user["user_fields"]["city"] for user in world.users().values()} == {"Rome"}


def test_what_somebody_has_to_mend_is_not_tried_again(world: World, airflow: Airflow) -> None:
    world.write(QUERY, "SELECT amperity_id AS external_id FROM Customer_360")
    ended = airflow.run()
    assert (ended.state, ended.tries) == ("failed", 1), ended.log
    assert "zdpipe left with 2." in ended.log


def test_an_account_out_of_reach_is_tried_again_until_it_is_back(world: World, airflow: Airflow) -> None:
    toml = world.folder / "zdpipe.toml"
    before = toml.read_text()
    nobody_answers(world)
    run = airflow.start()
    wait_until(lambda: "zdpipe left with 2." in airflow.log)
    toml.write_text(before)
    ended = airflow.ended(run)
    assert ended.state == "success", ended.log
    assert ended.tries >= 2
    assert_everybody_arrived_once(world, 300)


def test_killed_in_the_middle_it_stops_in_order_and_the_next_try_completes(
    make_world: MakeWorld, process: Airflow
) -> None:
    world = by_oauth(slow(make_world))
    process.take(world)
    run = process.start()
    wait_for_users(world, 200)
    process.process.send_signal(signal.SIGTERM)
    ended = process.ended(run)
    assert (ended.state, ended.tries) == ("success", 2), ended.log
    assert "zdpipe left with 130." in ended.log
    assert_everybody_arrived_once(world, 1200)
    runs = world.zdpipe("runs", "list", "--format", "json").json["runs"]
    assert sorted(run["outcome"] for run in runs) == ["succeeded", "superseded"]
