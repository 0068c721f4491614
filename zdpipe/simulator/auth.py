"""Who a request's credentials say is asking."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass

from zdpipe.simulator.calls import Call
from zdpipe.simulator.messages import Request, Response, invalid_token, not_authenticated
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.standing import Standing
from zdpipe.simulator.tokens import scope_of

TOKEN_USER = b"/token"  # basic auth with an API token is `email/token:token`


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: the account's admin, with a scope if by OAuth token, or else with the refusal due.

    `anonymous`: Zendesk takes the caller for nobody in particular, whom users/me answers all the same.
    """

    scope: str | None = None
    refusal: Response | None = None
    anonymous: bool = False


NOBODY = Caller(refusal=not_authenticated(), anonymous=True)
STRANGER = Caller(refusal=not_authenticated())


def caller_of(call: Call, standing: Standing) -> Caller:
    """Tell who is asking, by the credentials and by how the account takes them."""
    if standing.anonymous or _is_nobody(call.request):
        return NOBODY
    bearer = _bearer(call.request)
    if bearer is None:
        good = standing.credentials == "accepted" and _is_admin(call.request, call.settings)
        return Caller(standing.scope) if good else STRANGER
    scope = scope_of(call.db, bearer, call.now)
    if scope is None or standing.credentials == "refused":
        return Caller(refusal=invalid_token())
    return Caller(scope if standing.scope is None else standing.scope)


def _is_admin(request: Request, settings: Settings) -> bool:
    user, password = _basic(request)
    wanted = settings.admin_email.lower().encode() + TOKEN_USER
    return user.lower() == wanted and hmac.compare_digest(password, settings.token.encode())


def _is_nobody(request: Request) -> bool:
    """Tell whether Zendesk takes the caller for an anonymous one: without credentials, or with a password.

    Probes of a real account: users/me answers both with 200 and "Anonymous user", a wrong API token with 401.
    """
    user, _ = _basic(request)
    return "authorization" not in request.headers or (user != b"" and not user.lower().endswith(TOKEN_USER))


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _basic(request: Request) -> tuple[bytes, bytes]:
    """Return user and password of basic auth, both empty when there is none."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return b"", b""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return b"", b""
    return user, password
