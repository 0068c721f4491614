"""At night: what goes wrong reaches somebody, once, with its cause and the command that goes on."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.alerts.receiver import Receiver, receiving
from tests.stories.conftest import MakeWorld
from tests.stories.test_stop_and_go_on import wait_until
from tests.stories.world import World

QUERY = "queries/users.sql"
WRONG = {"ZENDESK_API_TOKEN": "wr0ng"}


@pytest.fixture
def ops() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def alerts(world: World, *receivers: Receiver, more: str = "") -> None:
    """Tell these receivers, by references."""
    channels = ", ".join(f'ops{number} = "env:OPS{number}"' for number, _ in enumerate(receivers))
    toml = (world.folder / "zdpipe.toml").read_text().partition("[alerts]")[0]
    world.write("zdpipe.toml", f"{toml}\n[alerts]\nchannels = {{ {channels} }}\n{more}\n")
    world.environment |= {f"OPS{number}": each.address for number, each in enumerate(receivers)}


def test_refused_credentials_at_night_are_told_once_mended_and_told_to_be_over(
    world: World, ops: Receiver
) -> None:
    """Invalid credentials at night → alert with cause → fix → action → run complete → recovery."""
    world.many_customers(5)
    alerts(world, ops)
    for _ in range(2):
        assert world.zdpipe("run", QUERY, env=WRONG).code == 2
    assert ops.titles == [f"zdpipe: {QUERY} → zendesk failed: Zendesk does not accept the credentials."]
    assert "does not accept the credentials (401)" in ops.last
    assert "Cure: Check the email address and the API token" in ops.last
    assert f"zdpipe run {QUERY}" in ops.last
    assert str(world.folder) in ops.last
    assert "example.com" not in ops.last
    run = re.search(r"^Run: (\S+), stopped", ops.last, re.MULTILINE)
    assert run
    assert "zdpipe check zendesk" in ops.last
    assert world.zdpipe("runs", "act", run[1], "--action", "check", env=WRONG).code == 2
    assert world.zdpipe("runs", "act", run[1], "--action", "again").code == 0
    assert len(world.users()) == 5
    assert ops.titles[1:] == [f"zdpipe: {QUERY} → zendesk is fine again"]
    assert "Over: Zendesk does not accept the credentials, since" in ops.last
    assert "5 created" in ops.last
    assert world.zdpipe("run", QUERY).code == 0
    assert len(ops.messages) == 2


def test_a_run_that_is_stopped_says_how_to_go_on_and_that_it_went_on(
    make_world: MakeWorld, ops: Receiver
) -> None:
    """A service manager ends the run; the alert's command finishes it."""
    world = make_world(users_per_second=100)
    world.many_customers(600)
    alerts(world, ops)
    process = world.start("run", QUERY)
    wait_until(lambda: world.stats()["users_received"] >= 100)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert ops.titles == [
        f"zdpipe: {QUERY} → zendesk failed: A person or the machine stopped the run on request."
    ]
    resume = re.search(r"^  zdpipe (resume \S+)", ops.last, re.MULTILINE)
    assert resume
    assert world.zdpipe(*resume[1].split()).code == 0
    assert ops.titles[1:] == [f"zdpipe: {QUERY} → zendesk is fine again"]
    assert len(world.users()) == 600


def test_a_guard_and_a_lint_error_are_told_with_their_causes(world: World, ops: Receiver) -> None:
    world.many_customers(40)
    alerts(world, ops)
    assert world.zdpipe("run", QUERY).code == 0
    assert ops.messages == []
    world.many_customers(10)
    assert world.zdpipe("run", QUERY).code == 1
    assert "the query has 10 rows, its last run had 40" in ops.titles[0]
    assert "--allow rows" in ops.last
    run = re.search(r"zdpipe runs act (\S+)", ops.last)
    assert run
    assert run[1] in world.zdpipe("runs", "list").out
    # Another cause is another state.
    world.write(QUERY, "SELECT amperity_id AS external_id FROM Customer_360")
    assert world.zdpipe("run", QUERY).code == 2
    assert len(ops.messages) == 2
    assert "failed: " in ops.titles[1]
    assert "ZD" in ops.last


def test_a_channel_that_never_answers_neither_fails_nor_hangs_the_run(world: World, ops: Receiver) -> None:
    world.many_customers(3)
    with receiving() as silent:
        silent.hangs = True
        alerts(world, silent, ops, more="timeout = 10")
        world.environment["OPS0"] += "?rto=300"
        started = time.monotonic()
        ended = world.zdpipe("run", QUERY, env=WRONG)
        assert time.monotonic() - started < 60
        assert ended.code == 2
        assert "The channel ops0 was not told: there was no answer within 10 seconds." in ended.err
        assert len(silent.messages) == 1
        assert len(ops.messages) == 1
        # It may have arrived, so it is not repeated at once.
        assert world.zdpipe("run", QUERY, env=WRONG).code == 2
        assert (len(silent.messages), len(ops.messages)) == (1, 1)
        known = json.loads(world.zdpipe("alerts", "list", "--format", "json").out)
    assert {sent["channel"]: sent["delivery"] for sent in known["messages"]} == {
        "ops0": "timed_out",
        "ops1": "sent",
    }
    assert world.zdpipe("run", QUERY).code == 0
    assert "is fine again" in ops.titles[-1]


def test_a_channel_that_refuses_is_told_by_the_next_run(world: World, ops: Receiver) -> None:
    world.many_customers(3)
    alerts(world, ops)
    ops.status = 503
    ended = world.zdpipe("run", QUERY, env=WRONG)
    assert "The channel ops0 was not told: the service answered 503." in ended.err
    assert "pl4nted" not in ended.err
    ops.status = 200
    ops.messages.clear()
    world.zdpipe("run", QUERY, env=WRONG)
    assert len(ops.messages) == 1


def test_a_killed_run_is_told_by_the_next_one(world: World, ops: Receiver) -> None:
    world.many_customers(5)
    alerts(world, ops)
    assert world.zdpipe("run", QUERY).code == 0
    # As a power cut leaves it once everything was sent.
    with closing(sqlite3.connect(world.folder / ".zdpipe" / "state.sqlite")) as connection:
        connection.execute("UPDATE runs SET outcome = 'running', finished_at = NULL")
        connection.commit()
    assert world.zdpipe("run", QUERY).code == 0
    assert "failed: The process ended before the run did." in ops.titles[0]
    assert ops.titles[1] == f"zdpipe: {QUERY} → zendesk is fine again"
    assert len(ops.messages) == 2


def test_the_test_tells_the_channels_outcomes(world: World, ops: Receiver) -> None:
    with receiving() as broken:
        broken.status = 500
        alerts(world, ops, broken)
        ended = world.zdpipe("alerts", "test", "--format", "json")
    assert ended.code == 1
    assert [(each["channel"], each["ok"]) for each in ended.json["channels"]] == [
        ("ops0", True),
        ("ops1", False),
    ]
    alerts(world, ops)
    shown = world.zdpipe("alerts", "test")
    assert (shown.code, shown.out) == (0, "✓ ops0: the test was sent\n")
    alerts(world, ops)
    assert world.zdpipe("alerts", "test", env={"OPS0": ""}).code == 1
    assert world.zdpipe("alerts", "test", env={"OPS0": "nothing://here"}).code == 1
