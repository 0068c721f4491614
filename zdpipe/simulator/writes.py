"""The endpoints that write one user at once, and user fields."""

from __future__ import annotations

from typing import Any

from zdpipe.simulator.calls import Call
from zdpipe.simulator.fields import add_field, load_fields, problems_of
from zdpipe.simulator.jobs import count_written
from zdpipe.simulator.limits import count_single, single_header, single_refused, users_refused
from zdpipe.simulator.messages import (
    Refusal,
    Response,
    bad_request,
    json_body,
    json_response,
    record_invalid,
    record_not_found,
)
from zdpipe.simulator.people import People
from zdpipe.simulator.users import Action, open_writing, write_user
from zdpipe.simulator.wire import user_object

ITSELF = "Base: you cannot delete yourself"


def create_or_update(call: Call) -> Response:
    """POST users/create_or_update: 201 when created; an invalid user is refused with 422."""
    return _written(call, _user_of(call), "create_or_update", limited=True)


def create_user(call: Call) -> Response:
    """POST users: a new user, 201."""
    return _written(call, _user_of(call), "create", limited=False)


def update_user(call: Call) -> Response:
    """PUT users/{id}."""
    if People(call.db, (), (), (), [int(call.id)]).with_id(int(call.id)) is None:
        return record_not_found()
    return _written(call, {**_user_of(call), "id": int(call.id)}, "update", limited=True)


def delete_user(call: Call) -> Response:
    """DELETE users/{id}: the user is no longer active, and no longer found; its addresses are free."""
    people = People(call.db, (), (), (), [int(call.id)])
    person = people.with_id(int(call.id))
    if person is None:
        return record_not_found()
    if person.body["email"] == call.settings.admin_email:
        return record_invalid([("base", ITSELF)])
    people.delete(person, call.now)
    people.save()
    return json_response(200, {"user": user_object(person, load_fields(call.db), call.request.origin)})


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


def _user_of(call: Call) -> dict[str, Any]:
    item = json_body(call.request.body).get("user")
    if not isinstance(item, dict):
        raise Refusal(bad_request("user must be an object"))
    return item


def _written(call: Call, item: dict[str, Any], action: Action, limited: bool) -> Response:
    """Write a user; `limited` are the endpoints that have limits of their own (Zendesk rate limits page)."""
    db, now = call.db, call.now
    writing = open_writing(db, [item], call.settings, now)
    written = write_user(writing, item, action)
    user_id = written.person.id if written.person and not written.created else None
    refusal = single_refused(db, user_id, now) if limited else None
    refusal = refusal or users_refused(db, 1, now, call.settings)
    if refusal:  # nothing of the writing has been saved
        return refusal
    if written.problems or written.person is None:
        return _limits_told(call, record_invalid(list(written.problems)), user_id, limited)
    writing.people.save()
    count_written(db, writing, ["Created" if written.created else "Updated"])
    body = {"user": user_object(written.person, writing.fields, call.request.origin)}
    return _limits_told(
        call, json_response(201 if written.created else 200, body), written.person.id, limited
    )


def _limits_told(call: Call, response: Response, user_id: int | None, limited: bool) -> Response:
    if not limited:
        return response
    count_single(call.db, user_id, call.now)
    return response.with_headers(single_header(call.db, user_id, call.now))
