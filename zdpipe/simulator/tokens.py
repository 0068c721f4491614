"""OAuth: tokens handed out for a client's secret, and found again by their digest.

Sources: Zendesk "OAuth Tokens for Grant Types" (client_credentials, scope as one text, the limits of
expires_in); the refusals follow RFC 6749, as Zendesk's do where they are known.
"""

from __future__ import annotations

import hmac
import re
import secrets
import sqlite3
from hashlib import sha256
from typing import Any

from zdpipe.simulator.calls import Call
from zdpipe.simulator.messages import Refusal, Request, Response, form_body, json_body, json_response

SHORTEST, LONGEST = 300, 172_800  # seconds, both out of bounds themselves
NO_CLIENT = (
    "Client authentication failed due to unknown client, no client authentication included,"
    " or unsupported authentication method."
)


def create_token(call: Call) -> Response:
    """POST /oauth/tokens: a token for the client's id and secret, whatever its scope."""
    sent = _sent(call.request)
    if sent.get("grant_type") != "client_credentials":
        return _refusal(400, "unsupported_grant_type", "The grant type must be client_credentials.")
    if not _is_client(call, sent):
        return _refusal(401, "invalid_client", NO_CLIENT)
    asked = sent.get("expires_in")
    if asked is not None and not _is_lifetime(asked):
        bounds = f"expires_in must be more than {SHORTEST} and less than {LONGEST} seconds."
        return _refusal(400, "invalid_request", bounds)
    seconds = call.settings.token_seconds or None if asked is None else int(asked)
    scope = sent.get("scope")
    granted = scope if isinstance(scope, str) else ""
    token = secrets.token_hex(32)
    _remember(call.db, token, granted, None if seconds is None else call.now + seconds, call.now)
    body = {"access_token": token, "token_type": "bearer", "scope": granted, "expires_in": seconds}
    return json_response(200, body)


def scope_of(db: sqlite3.Connection, token: str, now: float) -> str | None:
    """Return the scope of a token that is still good, None for any other."""
    row = db.execute(
        "SELECT scope FROM tokens WHERE digest = ? AND (expires IS NULL OR expires > ?)",
        (_digest(token), now),
    ).fetchone()
    return row[0] if row else None


def _sent(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return form_body(request.body)
    try:
        return json_body(request.body)
    except Refusal:
        return {}


def _is_client(call: Call, sent: dict[str, Any]) -> bool:
    secret = str(sent.get("client_secret") or "")
    same = hmac.compare_digest(secret.encode(), call.settings.client_secret.encode())
    return same and sent.get("client_id") == call.settings.client_id


def _is_lifetime(asked: object) -> bool:
    text = str(asked)
    return re.fullmatch("[0-9]{1,9}", text) is not None and SHORTEST < int(text) < LONGEST


def _remember(db: sqlite3.Connection, token: str, scope: str, expires: float | None, now: float) -> None:
    db.execute("DELETE FROM tokens WHERE expires <= ?", (now - LONGEST,))
    db.execute("INSERT INTO tokens VALUES (?, ?, ?)", (_digest(token), scope, expires))


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _refusal(status: int, error: str, description: str) -> Response:
    return json_response(status, {"error": error, "error_description": description})
