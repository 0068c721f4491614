"""The Authorization header."""

from __future__ import annotations

from collections.abc import Generator

import httpx

from zdpipe.project.secret import Secret


class TokenAuth(httpx.Auth):
    """API token: the user name is `{email}/token`, the password the token (Zendesk API, Authentication)."""

    def __init__(self, email: Secret, api_token: Secret) -> None:
        self._email = email
        self._token = api_token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign one request."""
        basic = httpx.BasicAuth(f"{self._email.reveal()}/token", self._token.reveal())
        yield from basic.auth_flow(request)
