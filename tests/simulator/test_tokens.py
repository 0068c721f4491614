from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from zdpipe.simulator.accounts import Account

from .world import MANY, World, document

CLIENT = {
    "grant_type": "client_credentials",
    "client_id": "zdpipe",
    "client_secret": "simulator-secret",
    "scope": "read write",
}


def ask(world, **more):
    return world.ask(
        "POST", "/oauth/tokens", {**CLIENT, **more}, headers={"content-type": "application/json"}
    )


def bearer(world, **more):
    return {"authorization": f"Bearer {document(ask(world, **more))['access_token']}"}


def test_a_token_is_good_everywhere_and_acts_as_the_admin(world):
    answer = ask(world)
    assert answer.status == 200
    body = document(answer)
    assert {k: v for k, v in body.items() if k != "access_token"} == {
        "token_type": "bearer",
        "scope": "read write",
        "expires_in": 7200,
    }
    headers = {"authorization": f"bearer {body['access_token']}"}
    assert document(world.ask("GET", "users/me", headers=headers))["user"]["role"] == "admin"
    assert world.ask("POST", MANY, {"users": [{"name": "A"}]}, headers=headers).status == 200


def test_a_form_is_read_too(world):
    body = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in CLIENT.items()).encode()
    form = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    answer = world.ask("POST", "/oauth/tokens", body, headers=form)
    assert document(answer)["scope"] == "read write"


@pytest.mark.parametrize("wrong", [{"client_secret": "no"}, {"client_id": "other"}, {"client_secret": None}])
def test_an_unknown_client_is_401(world, wrong):
    answer = ask(world, **wrong)
    assert (answer.status, document(answer)["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"expires_in": 300}, "invalid_request"),
        ({"expires_in": 172_800}, "invalid_request"),
        ({"expires_in": "soon"}, "invalid_request"),
        ({"expires_in": "9" * 5000}, "invalid_request"),
        ({"expires_in": True}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_400(world, wrong, error):
    answer = ask(world, **wrong)
    assert (answer.status, document(answer)["error"]) == (400, error)


@pytest.mark.parametrize("body", [b"{", b"[]", b""])
def test_a_body_that_is_none_asks_for_nothing(world, body):
    assert world.ask("POST", "/oauth/tokens", body, headers={}).status == 400
    assert world.ask("GET", "/oauth/tokens").status == 405


@pytest.mark.parametrize("seconds", [301, 172_799, "301"])
def test_a_token_ends_when_it_was_asked_to(world, seconds):
    headers = bearer(world, expires_in=seconds)
    world.clock.turn(int(seconds) - 1)
    assert world.ask("GET", "users", headers=headers).status == 200
    world.clock.turn(1)
    refused = world.ask("GET", "users", headers=headers)
    assert (refused.status, document(refused)["error"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_a_token_without_an_end_lasts(worlds):
    world = worlds(token_seconds=0)
    assert document(ask(world))["expires_in"] is None
    headers = bearer(world)
    world.clock.turn(10**8)
    assert world.ask("GET", "users", headers=headers).status == 200


@pytest.mark.parametrize("scope", ["raed", "", ["read", "write"], None])
def test_a_wrong_scope_gets_a_token_that_opens_nothing(world, scope):
    assert ask(world, scope=scope).status == 200
    headers = bearer(world, scope=scope)
    assert [world.ask("GET", path, headers=headers).status for path in ("users/me", "users")] == [403, 403]


def test_a_token_to_read_does_not_write(world):
    headers = bearer(world, scope="read")
    assert world.ask("GET", "user_fields", headers=headers).status == 200
    assert world.ask("POST", MANY, {"users": [{"name": "A"}]}, headers=headers).status == 403


def test_a_fault_ends_the_tokens_handed_out_so_far(world):
    before = bearer(world)
    world.zendesk.script([{"on": "fields", "account": {"tokens": "expired"}}])
    assert world.ask("GET", "user_fields", headers=before).status == 401
    after = bearer(world)
    assert world.ask("GET", "user_fields", headers=after).status == 200
    assert world.ask("GET", "user_fields", headers=before).status == 401


def test_a_fault_may_refuse_good_tokens_and_meet_the_asking_for_one(world):
    headers = bearer(world)
    world.zendesk.script(
        [{"on": "token", "answer": {"status": 503}}, {"account": {"credentials": "refused"}}]
    )
    assert ask(world).status == 503
    refused = world.ask("POST", MANY, {}, headers=headers)
    assert (refused.status, document(refused)["error"]) == (401, "invalid_token")


def test_tokens_cost_no_request_and_outlive_the_process_as_digests_alone(tmp_path):
    first = World(account=Account(tmp_path / "a.db"))
    headers = bearer(first)
    assert first.stats()["requests"] == 0
    first.zendesk.close()
    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        kept = db.execute("SELECT * FROM tokens").fetchall()
    assert headers["authorization"].partition(" ")[2] not in repr(kept)
    second = World(account=Account(tmp_path / "a.db"), clock=first.clock)
    assert second.ask("GET", "users", headers=headers).status == 200
    second.zendesk.close()
