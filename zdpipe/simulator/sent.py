"""The users that a request brings, whether or not they will be accepted."""

from __future__ import annotations

from typing import Any

from zdpipe.simulator.kinds import kind_of
from zdpipe.simulator.messages import Refusal, Request, json_body


def users_sent(request: Request) -> list[Any]:
    """Return the users a request wants written, as sent; [] when it wants none or cannot be read."""
    if kind_of(request.method, request.path) not in ("write", "single"):
        return []
    try:
        body = json_body(request.body)
    except Refusal:
        return []
    users, user = body.get("users"), body.get("user")
    if isinstance(users, list):
        return users
    if not isinstance(user, dict):
        return []
    return [{**user, **name} for name in users_named(request)] or [user]


def users_named(request: Request) -> list[dict[str, str]]:
    """Return the users that the query names by `ids` or `external_ids`, each as the start of an item."""
    for name, plural in (("id", "ids"), ("external_id", "external_ids")):
        values = [value.strip() for value in (request.param(plural) or "").split(",")]
        if named := [{name: value} for value in dict.fromkeys(values) if value]:
            return named
    return []
