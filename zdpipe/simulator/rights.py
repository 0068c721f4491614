"""What a known caller may do: by OAuth scope, by role, and by what the account has been opened for.

Sources: Zendesk Users API ("Allowed for"), User Identities API (scopes), OAuth pages.
That a `users:` scope does not open job_statuses and user_fields is a guess.
"""

from __future__ import annotations

from zdpipe.simulator.calls import Call
from zdpipe.simulator.kinds import READING, endpoint_path
from zdpipe.simulator.messages import Response, forbidden, lacks_scope
from zdpipe.simulator.standing import Standing

IMPORTS = ("users/create_many", "users/create_or_update_many")


def not_allowed(call: Call, standing: Standing, scope: str | None) -> Response | None:
    """Return the refusal of a call its caller may not make; `scope` None is no OAuth token's."""
    path = endpoint_path(call.request.path) or ""
    reads = call.request.method in READING
    needed = "read" if reads else "write"
    if scope is not None and not _has_scope(scope, path, needed):
        return lacks_scope(needed)
    if not _role_allows(standing.role, path, reads):
        return forbidden()
    if path in IMPORTS and not standing.bulk_import:
        return forbidden()
    return None


def _has_scope(scope: str, path: str, needed: str) -> bool:
    granted = scope.split()
    of_users = path.startswith("users") and "/identities" not in path
    return needed in granted or (of_users and f"users:{needed}" in granted)


def _role_allows(role: str, path: str, reads: bool) -> bool:
    match role:
        case "end-user":
            return path == "users/me"
        case "light agent":
            return reads
        case "agent":  # bulk creation is for admins, and for custom roles that may manage users
            return reads or path not in (*IMPORTS, "user_fields")
    return True
