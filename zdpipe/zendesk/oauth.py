"""OAuth client credentials: an access token, kept in memory and renewed before it ends."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, replace

import httpx

from zdpipe.clock import Clock
from zdpipe.project.secret import Secret
from zdpipe.zendesk.failures import Answer, NotTaken, Refused, RequestFailure, SignInRefused

# The broad scopes: whether job statuses and user fields answer a token of `users:…` is documented nowhere.
SCOPE = "read write"
# Zendesk takes more than 5 minutes and less than 2 days (OAuth Tokens for Grant Types).
_LASTS = 7_200
# A token is renewed so long before its end, or a tenth of its life where that is shorter.
_MARGIN = 120.0
# What a header can carry (RFC 6750, 2.1). A refused header value would be quoted in httpx's message.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
# Such as invalid_client (RFC 6749, 5.2).
_ERROR = re.compile("[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class _Token:
    value: Secret
    until: float


class OAuth(httpx.Auth):
    """Signs requests with an access token; whoever sends them asks for one where `is_due` says so.

    There is no refresh token in this flow: a new one is asked for like the first.
    """

    def __init__(self, url: str, client_id: Secret, client_secret: Secret, clock: Clock) -> None:
        self.address = f"{url}/oauth/tokens"
        self._id = client_id
        self._secret = client_secret
        self._clock = clock
        self._token: _Token | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign one request."""
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token.value.reveal()}"
        yield request

    def is_due(self) -> bool:
        """Tell whether a token has to be asked for before the next request."""
        return self._token is None or self._clock.monotonic() >= self._token.until

    def forget(self) -> None:
        """Throw the token away, because Zendesk does not know it any more."""
        self._token = None

    def question(self) -> dict[str, object]:
        """Return the JSON body that asks for a token. It holds the secret."""
        return {
            "grant_type": "client_credentials",
            "client_id": self._id.reveal(),
            "client_secret": self._secret.reveal(),
            "scope": SCOPE,
            "expires_in": _LASTS,
        }

    def take(self, response: httpx.Response, asked_at: float) -> None:
        """Keep the token of an answer; raises SignInRefused for another scope, or no token at all.

        Zendesk hands out tokens of scopes that it then answers 403 to, so what was granted is compared.
        """
        try:
            answer = response.json()
            token, granted = _token_in(answer["access_token"]), answer.get("scope")
            lasts = float(answer.get("expires_in") or "inf")
        except (ValueError, KeyError, TypeError, AttributeError):
            # The answer may hold half a token, so nothing of it is repeated.
            raise SignInRefused("The answer to the request for a token holds none.") from None
        if granted is not None and not set(SCOPE.split()) <= set(str(granted).split()):
            words = f"The token is for the scope {granted!r}; {SCOPE!r} was asked for."
            raise SignInRefused(words, Answer(response.status_code, words, "scope"))
        self._token = _Token(Secret(token), asked_at + lasts - min(_MARGIN, lasts / 10))


def _token_in(value: object) -> str:
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise ValueError("no bearer token")
    return value


def without_body(failure: RequestFailure) -> RequestFailure:
    """Return why no token came, without the answer's body: it may repeat the secret that was sent."""
    answer = failure.answer
    if answer is None:
        return failure
    error = answer.error if _ERROR.fullmatch(answer.error) else ""
    words = f"HTTP {answer.status}: {error}" if error else f"HTTP {answer.status}"
    # A token that nobody received harms nobody.
    kind = SignInRefused if isinstance(failure, Refused) else NotTaken
    return kind(words, replace(answer, words=words, error=error))
