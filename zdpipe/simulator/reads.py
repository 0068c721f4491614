"""The endpoints that read users, identities, job statuses and user fields."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from zdpipe.simulator.calls import Call, listed, too_many
from zdpipe.simulator.fields import load_fields
from zdpipe.simulator.jobs import find_jobs, job_object, recent_jobs
from zdpipe.simulator.messages import Response, bad_request, json_response, record_not_found
from zdpipe.simulator.paging import cursor_page, numbered_page, numbered_slice, one_page, wants_cursor
from zdpipe.simulator.people import load_people
from zdpipe.simulator.searches import (
    count_of_users,
    search_users,
    users_after,
    users_between,
    users_by_external_ids,
)
from zdpipe.simulator.standing import load_standing, role_properties
from zdpipe.simulator.wire import identity_object, user_object


def show_me(call: Call) -> Response:
    """GET users/me: the caller, with the one key more that only this endpoint shows."""
    row = call.db.execute(
        "SELECT user_id FROM identities WHERE type = 'email' AND value = ?", (call.settings.admin_email,)
    ).fetchone()
    user = _users(call, row or ())
    if not user:
        return record_not_found()
    role = role_properties(load_standing(call.db, call.settings).role)
    return json_response(200, {"user": {**user[0], **role, "authenticity_token": None}})


def show_nobody() -> Response:
    """GET users/me without credentials: 200 all the same, with a user who has no id."""
    anonymous = {
        "id": None,
        "url": None,
        "name": "Anonymous user",
        "email": "invalid@example.com",
        "role": "end-user",
        "verified": False,
        "authenticity_token": None,
    }
    return json_response(200, {"user": anonymous})


def show_user(call: Call) -> Response:
    """GET users/{id}."""
    users = _users(call, [int(call.id)])
    return json_response(200, {"user": users[0]}) if users else record_not_found()


def show_many_users(call: Call) -> Response:
    """GET users/show_many by `ids` or `external_ids`; those not found are left out, the order is the
    account's own.
    """
    ids, external_ids = listed(call, "ids"), listed(call, "external_ids")
    if not ids and not external_ids:
        return bad_request("ids or external_ids must be given")
    if refusal := too_many(len(ids) or len(external_ids), "ids"):
        return refusal
    found = [int(i) for i in ids if re.fullmatch(r"[0-9]{1,18}", i)] or users_by_external_ids(
        call.db, external_ids
    )
    users = [user for user in _users(call, found) if user["active"]]
    return json_response(200, {"users": users, **_sideloads(call, users), **one_page(len(users))})


def search(call: Call) -> Response:
    """GET users/search by `query` or `external_id`, paged by number only."""
    external_id = call.request.param("external_id")
    if external_id is not None:
        found = users_by_external_ids(call.db, [external_id])
    else:
        found = search_users(call.db, call.request.param("query") or "")
    ids, paging = numbered_slice(call.request, found)
    users = _users(call, ids)
    return json_response(200, {"users": users, **_sideloads(call, users), **paging})


def list_users(call: Call) -> Response:
    """GET users, narrowed by `role`, `role[]` or `external_id`; cursor pages when asked for."""
    params = call.request.params()
    roles = params.get("role[]", []) + params.get("role", [])
    external_id = call.request.param("external_id")
    if wants_cursor(call.request):
        ids, paging = cursor_page(
            call.request, lambda last, limit: users_after(call.db, last, limit, roles, external_id)
        )
    else:
        ids, paging = numbered_page(
            call.request,
            count_of_users(call.db, roles, external_id),
            lambda start, limit: users_between(call.db, start, limit, roles, external_id),
        )
    users = _users(call, ids)
    return json_response(200, {"users": users, **_sideloads(call, users), **paging})


def list_identities(call: Call) -> Response:
    """GET users/{id}/identities, narrowed by `type[]`, by cursor or by number."""
    people = load_people(call.db, [int(call.id)])
    if not people or not people[0].active:
        return record_not_found()
    kinds = call.request.params().get("type[]")
    found = {i.id: i for i in people[0].identities if kinds is None or i.type in kinds}
    ids, paging = _page(call, list(found))
    shown = [identity_object(found[i], call.request.origin) for i in ids]
    return json_response(200, {"identities": shown, **paging})


def show_job(call: Call) -> Response:
    """GET job_statuses/{id}."""
    jobs = find_jobs(call.db, [call.id], call.now)
    if not jobs:
        return record_not_found()
    return json_response(200, {"job_status": job_object(jobs[0], call.now, call.request.origin)})


def show_many_jobs(call: Call) -> Response:
    """GET job_statuses/show_many by `ids`; those no longer kept are left out."""
    ids = listed(call, "ids")
    if not ids:
        return bad_request("ids must be given")
    if refusal := too_many(len(ids), "ids"):
        return refusal
    jobs = [job_object(job, call.now, call.request.origin) for job in find_jobs(call.db, ids, call.now)]
    return json_response(200, {"job_statuses": jobs, **one_page(len(jobs))})


def list_jobs(call: Call) -> Response:
    """GET job_statuses: all that are kept, newest first, on one page, as there are never more than a page of
    them.
    """
    jobs = [job_object(job, call.now, call.request.origin) for job in recent_jobs(call.db, call.now)]
    meta = {"meta": {"has_more": False, "after_cursor": None, "before_cursor": None}}
    return json_response(200, {"job_statuses": jobs, **meta, "links": {"prev": None, "next": None}})


def list_fields(call: Call) -> Response:
    """GET user_fields, by cursor or by number."""
    fields = {field["id"]: field for field in load_fields(call.db).values()}
    ids, paging = _page(call, list(fields))
    origin = call.request.origin
    shown = [{"url": f"{origin}/api/v2/user_fields/{i}.json", **fields[i]} for i in ids]
    return json_response(200, {"user_fields": shown, **paging})


def _page(call: Call, ids: list[int]) -> tuple[list[int], dict[str, Any]]:
    """Return the page asked for, by cursor or by number, of ids that are all at hand, ascending."""
    if wants_cursor(call.request):
        return cursor_page(call.request, lambda last, limit: [i for i in ids if i > last][:limit])
    return numbered_slice(call.request, ids)


def _users(call: Call, ids: Iterable[int]) -> list[dict[str, Any]]:
    fields = load_fields(call.db)
    return [user_object(person, fields, call.request.origin) for person in load_people(call.db, ids)]


def _sideloads(call: Call, users: list[dict[str, Any]]) -> dict[str, Any]:
    if "identities" not in listed(call, "include"):
        return {}
    people = load_people(call.db, [user["id"] for user in users])
    return {
        "identities": [
            identity_object(i, call.request.origin) for person in people for i in person.identities
        ]
    }
