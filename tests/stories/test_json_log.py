"""The log as JSON lines: every line is one object, and names its run once there is one."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tests.stories.conftest import MakeWorld
from tests.stories.world import Ended, World

QUERY = "queries/users.sql"
LOG = ("--log-format", "json")


def lines(ended: Ended) -> list[dict[str, Any]]:
    """Read stderr, of which every line has to be an object with time, level and message."""
    read = [json.loads(line) for line in ended.err.splitlines()]
    for line in read:
        assert datetime.fromisoformat(line["time"]).tzinfo is not None
        assert line["level"] in {"info", "warning", "error"}
        assert line["message"]
    return read


def test_every_line_of_a_run_names_the_run_once_there_is_one(make_world: MakeWorld) -> None:
    world = make_world(users_per_second=100)
    world.many_customers(250)
    ended = world.zdpipe("run", QUERY, "--format", "json", *LOG)
    assert ended.code == 0
    log = lines(ended)
    run_id = ended.json["run_id"]
    named = [line.get("run_id") for line in log]
    first = named.index(run_id)
    assert set(named[:first]) <= {None}
    assert set(named[first:]) == {run_id}
    assert {line["query"] for line in log} == {QUERY}
    assert {"stage": "sending", "sent": 0, "settled": 0, "total": 250}.items() <= next(
        line for line in log if line["message"] == "Sending 250 users"
    ).items()
    assert log[-1]["outcome"] == "succeeded"
    assert log[-1]["counts"] == ended.json["counts"]
    assert log[-1]["level"] == "info"


def test_stdout_is_what_it_is_without(world: World) -> None:
    world.many_customers(3)
    world.zdpipe("run", QUERY)
    for words in (("run", QUERY), ("run", QUERY, "--format", "json"), ("plan", QUERY), ("verify",)):
        plain, logged = world.zdpipe(*words), world.zdpipe(*words, *LOG)
        assert (plain.code, len(plain.out.splitlines())) == (logged.code, len(logged.out.splitlines()))
        lines(logged)


def test_each_query_of_several_has_its_own_run(world: World) -> None:
    world.many_customers(3)
    world.write("queries/more.sql", (world.folder / QUERY).read_text())
    ended = world.zdpipe("run", QUERY, "queries/more.sql", "--format", "json", *LOG)
    log = lines(ended)
    runs = {run["query"]: run["run_id"] for run in ended.json["runs"]}
    assert len(runs) == 2
    assert {(line["query"], line["run_id"]) for line in log if "run_id" in line} == set(runs.items())


def test_what_keeps_a_query_of_an_orchestration_from_its_run_is_a_line_of_its_own(world: World) -> None:
    world.many_customers(3)
    bad = world.write("queries/bad.sql", "SELECT amperity_id AS external_id FROM Customer_360")
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[orchestrations.nightly]\nqueries = ['{QUERY}', 'queries/{bad.name}']\n")
    for words in ((), ("--format", "json")):
        log = lines(world.zdpipe("orchestrations", "run", "nightly", *LOG, *words))
        (error,) = [line for line in log if line["level"] == "error" and "code" in line]
        assert (error["code"], error["query"]) == ("lint", "queries/bad.sql")
        assert "run_id" not in error
        assert "stage" not in error
        (ended,) = [line for line in log if line.get("outcome")]
        assert (ended["outcome"], ended["query"]) == ("succeeded", QUERY)


def test_an_error_is_a_line_beside_its_document(world: World) -> None:
    world.many_customers(3)
    wrong = {"ZENDESK_API_TOKEN": "wr0ng"}
    for words in (("run", QUERY), ("run", QUERY, "--format", "json"), ("run", QUERY, QUERY)):
        log = lines(world.zdpipe(*words, *LOG, env=wrong))
        assert (log[-1]["level"], log[-1]["code"]) == ("error", "unauthorized")
        assert log[-1]["hint"].startswith("Check the email address")
    document = world.zdpipe("run", QUERY, "--format", "json", *LOG, env=wrong).json
    assert document["error"]["code"] == "unauthorized"


def test_findings_wrong_words_and_questions_are_lines_too(world: World) -> None:
    world.many_customers(3)
    world.write("queries/bad.sql", "SELECT amperity_id AS external_id FROM Customer_360")
    log = lines(world.zdpipe("run", "queries/bad.sql", *LOG))
    assert [line["code"] for line in log if line.get("code")] == ["lint"]
    assert log[0]["finding"]["path"] == "queries/bad.sql"
    assert lines(world.zdpipe("run", *LOG))[-1]["code"] == "usage"
    toml = (world.folder / "zdpipe.toml").read_text()
    world.write("zdpipe.toml", toml.replace("users_per", "protected = true\nusers_per"))
    assert lines(world.zdpipe("run", QUERY, "--log-format=json"))[-1]["code"] == "confirmation"


def test_a_resumed_and_a_retried_run_log_theirs(make_world: MakeWorld) -> None:
    world = make_world()
    world.many_customers(3)
    run_id = world.zdpipe("run", QUERY, "--format", "json").json["run_id"]
    for command in ("resume", "retry"):
        log = lines(world.zdpipe(command, run_id, *LOG))
        assert log[-1]["level"] == "info"
    assert world.zdpipe("runs", "list", *LOG).code == 2
