"""The DAG, run by Airflow against an account: what is tried again, what is not, and what a kill does."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.recipes.airflow import AIRFLOW, DAG, Airflow, variables
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

_ABOUT = """
import json
from pathlib import Path
from airflow.dag_processing.dagbag import DagBag
bag = DagBag()
dag = bag.get_dag({name!r})
(task,) = dag.tasks
module = __import__("sys").modules[type(task).__module__]
print(json.dumps({{
    "errors": bag.import_errors, "max_active_runs": dag.max_active_runs, "catchup": dag.catchup,
    "passing": sorted(module.PASSING), "guards": module.GUARDS, "retries": task.retries,
}}))
"""


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of Airflow's."""
    home = tmp_path_factory.mktemp("migrated")
    words = [str(AIRFLOW), "db", "migrate"]
    subprocess.run(words, env=variables(home), capture_output=True, check=True)
    return home / "airflow.db"


@pytest.fixture
def airflow(world: World, migrated: Path, tmp_path: Path) -> Airflow:
    return Airflow.of(by_oauth(orchestrated(world, 300)), migrated, tmp_path / "airflow")


def test_the_dag_is_one_at_a_time_and_knows_codes_and_guards(airflow: Airflow) -> None:
    script = _ABOUT.format(name=DAG)
    python = str(AIRFLOW.with_name("python"))
    said = subprocess.check_output([python, "-c", script], env=variables(airflow.home), text=True)
    about = json.loads(said.splitlines()[-1])
    assert about["errors"] == {}
    assert (about["max_active_runs"], about["catchup"], about["retries"]) == (1, False, 3)
    assert set(about["passing"]) <= set(CODES)
    assert about["guards"] == ["none", *sorted(guard.value for guard in Guard)]


def test_a_night_returns_its_runs_and_logs_each_line_with_its_run(airflow: Airflow) -> None:
    rows = [(f"id-{n}", None if n < 3 else f"Customer {n}", f"c{n}@example.com") for n in range(100)]
    airflow.world.customers(rows)
    ended = airflow.run()
    assert (ended.state, ended.tries) == ("success", 1), ended.log
    (run,) = ended.returned.values()
    assert list(ended.returned) == [QUERY]
    assert (run["outcome"], run["counts"]["created"], run["counts"]["rejected"]) == ("succeeded", 97, 3)
    assert re.search(rf"\[{run['run_id']}\] Sending 97 users", ended.log)


def test_customers_whom_zendesk_refuses_fail_it_at_once(airflow: Airflow) -> None:
    refuse_customers(airflow.world)
    ended = airflow.run()
    assert (ended.state, ended.tries) == ("failed", 1), ended.log
    assert "zdpipe left with 1. Zendesk refused some customers; all others arrived." in ended.log
    assert len(airflow.world.users()) == 289


def test_a_guards_refusal_fails_it_at_once_and_is_let_pass_by_hand(airflow: Airflow) -> None:
    assert airflow.run().state == "success"
    airflow.world.many_customers(300, city="Rome")
    refused = airflow.run()
    assert (refused.state, refused.tries) == ("failed", 1)
    assert "--allow updated" in refused.log
    assert airflow.run(allow="updated").state == "success"
    assert {user["user_fields"]["city"] for user in airflow.world.users().values()} == {"Rome"}


def test_what_somebody_has_to_mend_is_not_tried_again(airflow: Airflow) -> None:
    airflow.world.write(QUERY, "SELECT amperity_id AS external_id FROM Customer_360")
    ended = airflow.run()
    assert (ended.state, ended.tries) == ("failed", 1), ended.log
    assert "zdpipe left with 2." in ended.log


def test_an_account_out_of_reach_is_tried_again_until_it_is_back(airflow: Airflow) -> None:
    toml = airflow.world.folder / "zdpipe.toml"
    before = toml.read_text()
    nobody_answers(airflow.world)
    process = airflow.start()
    wait_until(lambda: "zdpipe left with 2." in airflow.log)
    toml.write_text(before)
    process.wait(timeout=60)
    ended = airflow.ended()
    assert ended.state == "success", ended.log
    assert ended.tries >= 2
    assert_everybody_arrived_once(airflow.world, 300)


def test_killed_in_the_middle_it_stops_in_order_and_the_next_try_completes(
    make_world: MakeWorld, migrated: Path, tmp_path: Path
) -> None:
    world = by_oauth(slow(make_world))
    airflow = Airflow.of(world, migrated, tmp_path / "airflow")
    process = airflow.start()
    wait_for_users(world, 200)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)
    ended = airflow.ended()
    assert (ended.state, ended.tries) == ("success", 2), ended.log
    assert "zdpipe left with 130." in ended.log
    assert_everybody_arrived_once(world, 1200)
    runs = world.zdpipe("runs", "list", "--format", "json").json["runs"]
    assert sorted(run["outcome"] for run in runs) == ["succeeded", "superseded"]
