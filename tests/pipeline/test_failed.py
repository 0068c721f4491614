"""Everything that is known of the users who failed in a run."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.delivery.unruly import answering
from tests.pipeline.world import QUERY, World
from zdpipe.errors import StateError, UsageProblem
from zdpipe.model.run import FailureExample
from zdpipe.pipeline.history import failures, list_runs, show_run

DATES = (
    'SELECT id AS external_id, name AS name, email AS email, city AS "user_fields.birthdate"'
    " FROM Customer_360"
)
WORDS = "Birthdate: 'at Easter' is not a date of the form YYYY-MM-DD"


@pytest.fixture(autouse=True)
def query(world: World) -> None:
    world.write(QUERY, DATES)


def fail_some(world: World, *bad: int, count: int = 4) -> str:
    world.customers(
        [
            (f"id-{n}", f"Customer {n}", f"c{n}@example.com", "at Easter" if n in bad else "1990-01-01")
            for n in range(count)
        ]
    )
    return str(world.run().run_id)


def test_each_has_its_row_words_job_and_payload(world: World) -> None:
    run_id = fail_some(world, 1, 3)
    found = failures(world.bench)
    assert (found.run_id, found.people, found.objects) == (run_id, 2, 2)
    first, second = found.rows.to_dicts()
    assert (first["row"], first["key"], first["reason"], first["details"]) == (2, "id-1", "other", WORDS)
    assert (first["job_id"], first["request_id"]) == (second["job_id"], None)
    assert world.ask(f"/api/v2/job_statuses/{first['job_id']}")["job_status"]["status"] == "completed"
    assert json.loads(second["payload"])["external_id"] == "id-3"
    assert found.rows.columns == [
        "row",
        "key",
        "sending",
        "reason",
        "details",
        "job_id",
        "request_id",
        "batch",
        "position",
        "payload",
    ]


def test_a_refused_request_has_its_id_beside_zendesks_words(world: World) -> None:
    headers = {"x_zendesk_request_id": "a1b2-c3"}
    world.network.on_write[1] = answering(422, "This request cannot be processed", **headers)
    fail_some(world, count=1)
    (only,) = failures(world.bench).rows.to_dicts()
    assert (only["details"], only["request_id"]) == ("HTTP 422: This request cannot be processed", "a1b2-c3")
    assert (only["reason"], only["job_id"]) == ("refused", None)
    assert show_run(world.bench).failure_examples["refused"].words == only["details"]


def test_the_first_people_are_enough_for_a_look(world: World) -> None:
    fail_some(world, 0, 1, 2)
    found = failures(world.bench, people=2)
    assert found.rows["key"].to_list() == ["id-0", "id-1"]
    assert (found.people, found.objects) == (3, 3)


def test_any_run_can_be_named_and_the_newest_is_the_default(world: World) -> None:
    run_id = fail_some(world, 0)
    newest = fail_some(world)
    assert (failures(world.bench).run_id, failures(world.bench).rows.height) == (newest, 0)
    assert failures(world.bench, run_id).rows["key"].to_list() == ["id-0"]


def test_without_any_run_nobody_failed_in_one(world: World) -> None:
    with pytest.raises(UsageProblem, match="no run yet"):
        failures(world.bench)


def test_a_report_of_one_run_has_an_example_of_each_reason(world: World) -> None:
    run_id = fail_some(world, 1, 3)
    example = show_run(world.bench, run_id).failure_examples["other"]
    assert example.words == WORDS
    assert example.payload is not None
    assert json.loads(example.payload)["external_id"] == "id-1"
    assert list_runs(world.bench)[0].failure_examples == {}
    assert WORDS not in json.dumps(show_run(world.bench, run_id).as_json())


def test_without_the_runs_files_its_report_still_tells_why(world: World) -> None:
    run_id = fail_some(world, 1)
    shutil.rmtree(world.folder / ".zdpipe" / "runs" / run_id)
    with pytest.raises(StateError) as caught:
        failures(world.bench, run_id)
    assert caught.value.code == "files_gone"
    report = show_run(world.bench, run_id)
    assert (report.failures, report.failure_examples) == (
        {"other": 1},
        {"other": FailureExample(WORDS, None)},
    )
