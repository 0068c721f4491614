"""The kinds of calls that faults tell apart."""

from __future__ import annotations

import re

KINDS = ("write", "single", "poll", "read", "me", "fields", "token", "any")
TOKENS = "/oauth/tokens"
BULK = ("create_or_update_many", "create_many", "update_many")
READING = ("GET", "HEAD")


def endpoint_path(path: str) -> str | None:
    """Return a path below /api/v2/, without `.json` and a last slash; None for any other path."""
    match = re.fullmatch(r"/api/v2/(.+?)(\.json)?/?", path)
    return match[1] if match else None


def kind_of(method: str, path: str) -> str:
    """Return the kind of a call; "other" for what only `any` means."""
    if path.rstrip("/") == TOKENS:
        return "token"
    first, _, rest = (endpoint_path(path) or "").partition("/")
    if first != "users":
        return {"job_statuses": "poll", "user_fields": "fields"}.get(first, "other")
    if method in READING:
        return "me" if rest == "me" else "read"
    return "write" if rest in BULK else "single"
