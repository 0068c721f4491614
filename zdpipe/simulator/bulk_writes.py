"""The endpoints that queue a job of up to a hundred users."""

from __future__ import annotations

from typing import Any

from zdpipe.simulator.calls import Call
from zdpipe.simulator.jobs import accept_job, job_object
from zdpipe.simulator.limits import inflight_header, jobs_refused, users_refused
from zdpipe.simulator.messages import Refusal, Response, bad_request, is_too_deep, json_body, json_response
from zdpipe.simulator.sent import users_named

MOST_USERS = 100


def create_or_update_many(call: Call) -> Response:
    """POST users/create_or_update_many: each of the users is created or updated."""
    return _queued(call, _users_of(json_body(call.request.body)), "create_or_update_many")


def create_many(call: Call) -> Response:
    """POST users/create_many: each of the users is new."""
    return _queued(call, _users_of(json_body(call.request.body)), "create_many")


def update_many(call: Call) -> Response:
    """PUT users/update_many: the users of `ids` or `external_ids` all alike, or each of a list by its own."""
    sent = json_body(call.request.body)
    named = users_named(call.request)
    if not named:
        return _queued(call, _users_of(sent), "update_many")
    change = sent.get("user")
    if not isinstance(change, dict):
        return bad_request("user must be an object")
    return _queued(call, [{**change, **name} for name in named], "update_many")


def _users_of(sent: dict[str, Any]) -> list[Any]:
    users = sent.get("users")
    if not isinstance(users, list) or not users:
        raise Refusal(bad_request("users must be a list with at least one user"))
    return users


def _queued(call: Call, users: list[Any], action: str) -> Response:
    """Queue the users as one job, or tell why not; the answer tells the free job slots either way."""
    if is_too_deep(users):
        return bad_request("The request body is nested too deeply")
    if len(users) > MOST_USERS:
        verb = "updated" if action == "update_many" else "created"
        text = f"Maximum {MOST_USERS} users may be {verb} per call"
        return json_response(400, {"error": "TooManyValues", "description": text})
    db, now, settings = call.db, call.now, call.settings
    refusal = jobs_refused(db, now, settings) or users_refused(db, len(users), now, settings)
    if refusal:
        return refusal.with_headers(inflight_header(db, now, settings))
    job = accept_job(db, users, now, settings, action, call.fault)
    body = {"job_status": job_object(job, now, call.request.origin)}
    return json_response(200, body, inflight_header(db, now, settings))
