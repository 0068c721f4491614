"""Who a request's credentials say is asking."""

from __future__ import annotations

import base64
import binascii
import hmac

from zdpipe.simulator.messages import Request
from zdpipe.simulator.settings import Settings

TOKEN_USER = b"/token"  # basic auth with an API token is `email/token:token`


def is_admin(request: Request, settings: Settings) -> bool:
    """Check for the account's API token."""
    user, password = _basic(request)
    wanted = settings.admin_email.lower().encode() + TOKEN_USER
    return user.lower() == wanted and hmac.compare_digest(password, settings.token.encode())


def is_nobody(request: Request) -> bool:
    """Tell whether Zendesk takes the caller for an anonymous one: without credentials, or with a password.

    Probes of a real account: users/me answers both with 200 and "Anonymous user", a wrong API token with 401.
    """
    user, _ = _basic(request)
    return "authorization" not in request.headers or (user != b"" and not user.lower().endswith(TOKEN_USER))


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
