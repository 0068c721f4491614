"""The endpoints that write users and user fields."""

from __future__ import annotations

from typing import Any

from zdpipe.simulator.calls import Call
from zdpipe.simulator.fields import add_field, load_fields, problems_of
from zdpipe.simulator.jobs import accept_job, count_written, job_object
from zdpipe.simulator.limits import (
    count_single,
    inflight_header,
    jobs_refused,
    single_header,
    single_refused,
    users_refused,
)
from zdpipe.simulator.messages import (
    Refusal,
    Request,
    Response,
    bad_request,
    is_too_deep,
    json_body,
    json_response,
    record_invalid,
)
from zdpipe.simulator.users import open_writing, write_user
from zdpipe.simulator.wire import user_object

MOST_USERS = 100


def users_brought(request: Request) -> int:
    """Return how many users a request wants written, whether or not they will be accepted."""
    if request.method != "POST" or "/users/create_or_update" not in request.path:
        return 0
    try:
        body = json_body(request.body)
    except Refusal:
        return 0
    users = body.get("users")
    return len(users) if isinstance(users, list) else int(isinstance(body.get("user"), dict))


def create_or_update_many(call: Call) -> Response:
    """POST users/create_or_update_many: queue up to a hundred users as one job."""
    users = json_body(call.request.body).get("users")
    if not isinstance(users, list) or not users:
        return bad_request("users must be a list with at least one user")
    if is_too_deep(users):
        return bad_request("The request body is nested too deeply")
    if len(users) > MOST_USERS:
        text = f"Maximum {MOST_USERS} users may be created per call"
        return json_response(400, {"error": "TooManyValues", "description": text})
    refusal = jobs_refused(call.db, call.settings) or users_refused(
        call.db, len(users), call.now, call.settings
    )
    if refusal:
        return refusal.with_headers(inflight_header(call.db, call.settings))
    job = accept_job(call.db, users, call.now, call.settings)
    body = {"job_status": job_object(job, call.now, call.request.origin)}
    return json_response(200, body, inflight_header(call.db, call.settings))


def create_or_update(call: Call) -> Response:
    """POST users/create_or_update: one user at once, 201 when created; an invalid one is refused with 422."""
    item = json_body(call.request.body).get("user")
    if not isinstance(item, dict):
        return bad_request("user must be an object")
    writing = open_writing(call.db, [item], call.settings, call.now)
    written = write_user(writing, item)
    user_id = written.person.id if written.person and not written.created else None
    refusal = single_refused(call.db, user_id, call.now) or users_refused(call.db, 1, call.now, call.settings)
    if refusal:  # nothing of the writing has been saved
        return refusal
    if written.problems or written.person is None:
        count_single(call.db, user_id, call.now)
        return record_invalid(list(written.problems)).with_headers(single_header(call.db, user_id, call.now))
    writing.people.save()
    count_written(call.db, writing, ["Created" if written.created else "Updated"])
    count_single(call.db, written.person.id, call.now)
    body = {"user": user_object(written.person, writing.fields, call.request.origin)}
    headers = single_header(call.db, written.person.id, call.now)
    return json_response(201 if written.created else 200, body, headers)


def create_field(call: Call) -> Response:
    """POST user_fields: add a custom field to the account."""
    sent: Any = json_body(call.request.body).get("user_field")
    if not isinstance(sent, dict):
        return bad_request("user_field must be an object")
    problems = problems_of(sent, load_fields(call.db))
    if problems:
        return record_invalid(problems)
    field = add_field(call.db, sent, call.now)
    url = f"{call.request.origin}/api/v2/user_fields/{field['id']}.json"
    return json_response(201, {"user_field": {"url": url, **field}})
