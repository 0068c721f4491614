from __future__ import annotations

import pytest

from .world import ADMIN, MANY, basic, document


def test_a_wrong_token_is_401_with_the_recorded_body(world):
    response = world.ask("GET", "user_fields", headers=basic("admin@example.com/token", "wrong"))
    assert response.status == 401
    assert document(response) == {"error": "Couldn't authenticate you"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Basic !!!"},
        {"authorization": "Bearer simulator"},
        basic("admin@example.com", "simulator"),
        basic("other@example.com/token", "simulator"),
    ],
)
def test_protected_endpoints_need_the_admins_token(world, headers):
    assert world.ask("GET", "users", headers=headers).status == 401


def test_the_token_is_a_setting(worlds):
    world = worlds(token="t0k")
    assert world.ask("GET", "users", headers=basic("admin@example.com/token", "t0k")).status == 200
    assert world.ask("GET", "users", headers=ADMIN).status == 401


def test_nobody_is_told_that_they_are_anonymous(world):
    response = world.ask("GET", "users/me", headers={})
    assert response.status == 200
    assert document(response)["user"]["id"] is None
    assert document(response)["user"]["name"] == "Anonymous user"


def test_wrong_credentials_on_me_are_401(world):
    assert world.ask("GET", "users/me", headers=basic("admin@example.com/token", "no")).status == 401


def test_me_is_the_admin_with_38_keys(world):
    me = world.get("users/me.json")["user"]
    assert len(me) == 38
    assert me["id"] >= 10**12
    assert me["role"] == "admin"
    assert me["role_type"] == 4
    assert me["email"] == "admin@example.com"
    assert "authenticity_token" in me


@pytest.mark.parametrize("path", ["users/9", "job_statuses/V3-0"])
def test_a_record_that_is_not_there_is_404(world, path):
    response = world.ask("GET", path)
    assert response.status == 404
    assert document(response) == {"error": "RecordNotFound", "description": "Not found"}


@pytest.mark.parametrize(
    "path", ["tickets", "/api/v1/users", "/", "users/abc", "users/999999999999999999999"]
)
def test_an_unknown_path_is_404(world, path):
    response = world.ask("GET", path)
    assert response.status == 404
    assert document(response)["error"] == "InvalidEndpoint"


def test_a_wrong_method_is_405_and_names_the_right_one(world):
    response = world.ask("GET", MANY)
    assert response.status == 405
    assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize("path", ["users", "users.json", "users/"])
def test_the_json_ending_is_optional(world, path):
    assert world.ask("GET", path).status == 200


def test_every_answer_carries_the_date_and_a_request_id(world):
    one, two = world.ask("GET", "users"), world.ask("GET", "nowhere")
    assert one.headers["Date"] == "Sun, 22 Nov 2026 12:00:00 GMT"
    assert one.headers["X-Request-Id"] == one.headers["X-Zendesk-Request-Id"]
    assert one.headers["X-Request-Id"] != two.headers["X-Request-Id"]
    assert one.headers["X-Rate-Limit"] == two.headers["ratelimit-limit"] == "700"


def test_an_endpoint_that_breaks_leaves_the_account_untouched(world, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("broken")

    before = world.stats()
    monkeypatch.setattr("zdpipe.simulator.zendesk.count_request", broken)
    with pytest.raises(RuntimeError, match="broken"):
        world.ask("POST", MANY, {"users": [{"name": "A"}]})
    assert world.stats() == before


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "GET"])
def test_only_writing_methods_count_as_writes(world, method):
    world.ask(method, "users")
    assert (world.stats()["requests"], world.stats()["writes"]) == (1, 0)
