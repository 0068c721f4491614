from __future__ import annotations

import pytest

from .world import MANY, document

WRITES = [("POST", MANY), ("POST", "users/create_or_update"), ("POST", "user_fields")]
READS = ["users", "users/show_many?ids=7", "users/search?query=a", "job_statuses", "user_fields"]


def change(world, **account):
    world.zendesk.script([{"on": "me", "account": account}])
    return world.ask("GET", "users/me")


def written(world):
    sent = {
        "users": [{"name": "A"}],
        "user": {"name": "A"},
        "user_field": {"key": "k", "title": "K", "type": "text"},
    }
    return [world.ask(method, path, sent).status for method, path in WRITES]


@pytest.mark.parametrize("how", ["settings", "fault"])
def test_without_bulk_import_only_bulk_creation_is_forbidden(worlds, how):
    world = worlds(bulk_import=how != "settings")
    if how == "fault":
        assert change(world, bulk_import=False).status == 200
    assert written(world) == [403, 201, 201]
    refused = world.ask("POST", MANY, {"users": [{"name": "A"}]})
    assert document(refused)["error"]["title"] == "Forbidden"
    assert [world.ask("GET", path).status for path in READS] == [200] * 5


@pytest.mark.parametrize(
    ("role", "shown", "writes", "reads"),
    [
        ("admin", ("admin", 4), [200, 201, 201], 200),
        ("custom agent", ("agent", 0), [200, 201, 201], 200),
        ("agent", ("agent", None), [403, 201, 403], 200),
        ("light agent", ("agent", 1), [403, 403, 403], 200),
        ("end-user", ("end-user", None), [403, 403, 403], 403),
    ],
)
@pytest.mark.parametrize("how", ["settings", "fault"])
def test_a_role_may_what_it_may(worlds, role, shown, writes, reads, how):
    world = worlds(role=role if how == "settings" else "admin")
    if how == "fault":
        change(world, role=role)
    me = world.get("users/me")["user"]
    assert (me["role"], me["role_type"]) == shown
    assert len(me) == 38
    assert written(world) == writes
    assert [world.ask("GET", path).status for path in READS] == [reads] * 5


def test_an_anonymous_account_knows_nobody(world):
    assert document(change(world, anonymous=True))["user"]["id"] is None
    assert written(world) == [401] * 3


def test_refused_credentials_are_refused_everywhere(world):
    assert change(world, credentials="refused").status == 401
    assert written(world) == [401] * 3
    assert change(world, credentials="accepted").status == 200


def test_a_change_lasts_until_the_next(world):
    world.zendesk.script(
        [
            {"on": "read", "account": {"bulk_import": False, "role": "custom agent"}},
            {"on": "read", "account": {"bulk_import": True}},
        ]
    )
    assert written(world)[0] == 200
    world.clock.turn(2)
    world.get("users")
    assert written(world)[0] == 403
    world.clock.turn(2)
    world.get("users")
    assert written(world)[0] == 200
    assert world.get("users/me")["user"]["role"] == "agent"


def test_the_call_that_brings_the_change_meets_it_already(world):
    world.zendesk.script([{"account": {"bulk_import": False}}])
    assert world.ask("POST", MANY, {"users": [{"name": "A"}]}).status == 403


@pytest.mark.parametrize(
    ("scope", "refused"),
    [
        ("read", {"write"}),
        ("write", {"read"}),
        ("read write", set()),
        ("", {"read", "write"}),
        ("raed wirte", {"read", "write"}),
    ],
)
def test_a_scope_opens_what_it_names(world, scope, refused):
    change(world, scope=scope)
    answers = [("read", world.ask("GET", path)) for path in ["users/me", *READS]]
    answers += [("write", world.ask("POST", "user_fields", {})), ("write", world.ask("POST", MANY, {}))]
    for needed, answer in answers:
        assert (answer.status == 403) is (needed in refused)
        if needed in refused:
            description = f"You are missing the following required scopes: {needed}"
            assert document(answer) == {"error": "Forbidden", "description": description}


def test_scopes_of_users_open_users_alone(world):
    change(world, scope="users:read users:write")
    me = world.get("users/me")["user"]["id"]
    assert world.ask("POST", MANY, {"users": [{"name": "A"}]}).status == 200
    paths = ["users", f"users/{me}", f"users/{me}/identities", "job_statuses", "user_fields"]
    assert [world.ask("GET", path).status for path in paths] == [200, 200, 403, 403, 403]
