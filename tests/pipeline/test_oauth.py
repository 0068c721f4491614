"""Runs that sign in with OAuth client credentials."""

from __future__ import annotations

import pytest

from tests.pipeline.world import QUERY, URL, World
from zdpipe.errors import CredentialError, DestinationError
from zdpipe.model.run import Counts, Outcome

TOML = f"""
[source]
database = "data.duckdb"
[destinations.there]
base_url = "{URL}"
client_id = "env:ID"
client_secret = "env:SECRET"
[defaults]
destination = "there"
"""
EXPIRED = {"on": "write", "skip": 1, "account": {"tokens": "expired"}}


@pytest.fixture
def oauth(world: World) -> World:
    world.write("zdpipe.toml", TOML)
    world.environment.update(ID="zdpipe", SECRET="simulator-secret")
    world.many(450)
    return world


def test_everybody_arrives(oauth: World) -> None:
    assert oauth.run().counts == Counts(read=450, created=450)


def test_a_token_that_is_taken_back_in_the_middle_is_renewed(oauth: World) -> None:
    oauth.simulator.zendesk.script([EXPIRED])
    assert oauth.run().counts == Counts(read=450, created=450)
    assert oauth.stats["users_created"] == 450


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_client_that_is_switched_off_stops_the_run_and_fails_nobody(oauth: World, status: int) -> None:
    refused = {"on": "token", "skip": 2, "answer": {"status": status, "body": {"error": "invalid_grant"}}}
    oauth.simulator.zendesk.script([EXPIRED, refused])
    run = oauth.run()
    assert run.outcome is Outcome.FAILED
    assert run.stop is not None
    assert (run.stop.code, run.stop.exit_code) == ("oauth_client", 4)
    assert run.counts.failed == 0
    assert oauth.resume().counts == Counts(read=450, created=450)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_tokens_that_do_not_come_for_a_moment_are_waited_for(oauth: World, status: int) -> None:
    down = {"on": "token", "skip": 1, "times": 3, "answer": {"status": status}}
    oauth.simulator.zendesk.script([EXPIRED, down])
    assert oauth.run().counts == Counts(read=450, created=450)


def test_a_client_that_turns_out_to_read_only_stops_the_run_and_fails_nobody(oauth: World) -> None:
    oauth.simulator.zendesk.script([{"on": "any", "times": None, "account": {"scope": "read"}}])
    run = oauth.run()
    assert run.stop is not None
    assert (run.outcome, run.stop.code, run.counts.failed) == (Outcome.FAILED, "scope", 0)
    oauth.simulator.zendesk.script([])
    assert oauth.resume().counts == Counts(read=450, created=450)


def test_another_scope_than_the_one_asked_for_is_told_before_anything_is_planned(oauth: World) -> None:
    answer = {"access_token": "t", "token_type": "bearer", "scope": "read"}
    oauth.simulator.zendesk.script([{"on": "token", "answer": {"status": 200, "body": answer}}])
    with pytest.raises(CredentialError) as caught:
        oauth.run()
    assert caught.value.code == "scope"


def test_a_host_that_is_not_there_is_told_at_once(oauth: World) -> None:
    oauth.simulator.zendesk.script([{"on": "token", "times": None, "reset": "before"}])
    oauth.write(QUERY, "SELECT id AS external_id, name AS name FROM Customer_360")
    with pytest.raises(DestinationError):
        oauth.run()
