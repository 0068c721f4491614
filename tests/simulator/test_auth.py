from __future__ import annotations

import pytest

from .world import ADMIN, basic, document


def me(world, headers):
    response = world.ask("GET", "users/me", headers=headers)
    return response.status, document(response).get("user", {}).get("name")


def test_the_admin_is_known_by_the_token_in_any_case_of_the_email(world):
    assert me(world, ADMIN) == (200, "Simulator Admin")
    assert me(world, basic("Admin@Example.com/token", "simulator")) == (200, "Simulator Admin")


@pytest.mark.parametrize("headers", [{}, basic("admin@example.com", "simulator")])
def test_nobody_and_a_wrong_password_are_anonymous_to_me_and_refused_elsewhere(world, headers):
    assert me(world, headers) == (200, "Anonymous user")
    assert world.ask("GET", "user_fields", headers=headers).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        basic("admin@example.com/token", "wrong"),
        basic("other@example.com/token", "simulator"),
        basic("admin@example.com/token", ""),
        {"authorization": "Bearer simulator"},
        {"authorization": "Basic ???"},
        {"authorization": "Basic"},
    ],
)
def test_anything_else_is_refused(world, headers):
    assert me(world, headers) == (401, None)
    assert world.ask("GET", "user_fields", headers=headers).status == 401
