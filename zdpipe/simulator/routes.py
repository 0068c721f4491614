"""Which endpoint serves a request, and whether its caller may have it."""

from __future__ import annotations

import re
from dataclasses import replace

from zdpipe.simulator.auth import caller_of
from zdpipe.simulator.bulk_writes import create_many, create_or_update_many, update_many
from zdpipe.simulator.calls import Call, Endpoint
from zdpipe.simulator.identities import (
    create_identity,
    delete_identity,
    make_primary,
    request_verification,
    show_identity,
    update_identity,
    verify_identity,
)
from zdpipe.simulator.kinds import TOKENS, endpoint_path
from zdpipe.simulator.messages import Refusal, Response, invalid_endpoint, method_not_allowed
from zdpipe.simulator.reads import (
    list_fields,
    list_identities,
    list_jobs,
    list_users,
    search,
    show_job,
    show_many_jobs,
    show_many_users,
    show_me,
    show_nobody,
    show_user,
)
from zdpipe.simulator.rights import not_allowed
from zdpipe.simulator.standing import load_standing
from zdpipe.simulator.tokens import create_token
from zdpipe.simulator.writes import create_field, create_or_update, create_user, delete_user, update_user

IDENTITY = r"users/(\d{1,18})/identities/(\d{1,18})"
ROUTES: dict[str, dict[str, Endpoint]] = {
    r"users/me": {"GET": show_me},
    r"users/create_or_update_many": {"POST": create_or_update_many},
    r"users/create_many": {"POST": create_many},
    r"users/update_many": {"PUT": update_many},
    r"users/create_or_update": {"POST": create_or_update},
    r"users/show_many": {"GET": show_many_users},
    r"users/search": {"GET": search},
    r"users": {"GET": list_users, "POST": create_user},
    r"users/(\d{1,18})": {"GET": show_user, "PUT": update_user, "DELETE": delete_user},
    r"users/(\d{1,18})/identities": {"GET": list_identities, "POST": create_identity},
    IDENTITY: {"GET": show_identity, "PUT": update_identity, "DELETE": delete_identity},
    rf"{IDENTITY}/make_primary": {"PUT": make_primary},
    rf"{IDENTITY}/verify": {"PUT": verify_identity},
    rf"{IDENTITY}/request_verification": {"PUT": request_verification},
    r"job_statuses/show_many": {"GET": show_many_jobs},
    r"job_statuses": {"GET": list_jobs},
    r"job_statuses/([\w-]+)": {"GET": show_job},
    r"user_fields": {"GET": list_fields, "POST": create_field},
}


def route(call: Call) -> Response:
    """Answer a request by the endpoint its path and method name, once its caller is known and allowed."""
    try:
        return _routed(call)
    except Refusal as refusal:
        return refusal.response


def _routed(call: Call) -> Response:
    if call.request.path.rstrip("/") == TOKENS:
        return create_token(call) if call.request.method == "POST" else method_not_allowed("POST")
    path = endpoint_path(call.request.path)
    for pattern, endpoints in ROUTES.items():
        match = re.fullmatch(pattern, path or "")
        if match:
            return _served(replace(call, ids=match.groups()), endpoints)
    return invalid_endpoint()


def _served(call: Call, endpoints: dict[str, Endpoint]) -> Response:
    method = call.request.method
    endpoint = endpoints.get("GET" if method == "HEAD" else method)
    if endpoint is None:
        return method_not_allowed(", ".join(endpoints))
    standing = load_standing(call.db, call.settings)
    caller = caller_of(call, standing)
    if endpoint is show_me and caller.anonymous:
        return show_nobody()
    return caller.refusal or not_allowed(call, standing, caller.scope) or endpoint(call)
