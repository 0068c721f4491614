"""Every way a request can fail, and what is known about whether Zendesk took it.

RequestFailure
├─ NotTaken      surely not taken: wait and send again
│  └─ JobSlotsFull   30 jobs are queued or running; a wait, never an error of a row
├─ Unsure        maybe taken: the answer was lost after the request left
└─ Refused       Zendesk understood and said no: sending again would change nothing
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx


@dataclass(frozen=True, slots=True)
class Answer:
    """What is kept of an HTTP answer that was not a success."""

    status: int
    words: str
    error: str = ""
    retry_after: float | None = None
    request_id: str | None = None


class RequestFailure(Exception):
    """Root of what can go wrong with one request."""

    def __init__(self, message: str, answer: Answer | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.answer = answer

    @property
    def retry_after(self) -> float | None:
        """Seconds that Zendesk asks to wait, or None."""
        return self.answer.retry_after if self.answer else None


class NotTaken(RequestFailure):
    """Raised when Zendesk surely did nothing with the request and may take it later."""


class JobSlotsFull(NotTaken):
    """Raised when the account's job slots are taken."""


class Unsure(RequestFailure):
    """Raised when the request may have been taken and no answer says so."""


class Refused(RequestFailure):
    """Raised when Zendesk refuses for a reason that waiting does not cure."""

    @property
    def status(self) -> int:
        """The HTTP status of the refusal, 0 when there was no answer."""
        return self.answer.status if self.answer else 0


# Before a byte of the request is out nothing can have been taken; afterwards it may have been. A proxy
# error is the proxy's refusal to open a tunnel (httpcore, http_proxy and socks_proxy).
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# httpx refuses to send these at all (for redirects: to go on), and will refuse them again.
_NEVER_SENT = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.TooManyRedirects)


def from_exception(error: httpx.HTTPError | httpx.InvalidURL) -> RequestFailure:
    """Translate what httpx raised; what is not known to have stayed here may have been taken."""
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, _NEVER_SENT):
        return Refused(words)
    if isinstance(error, _NOT_SENT):
        return NotTaken(words)
    return Unsure(words)


def from_response(response: httpx.Response, now: datetime) -> RequestFailure:
    """Translate an answer that is no success.

    429 and 503 say that nothing was done (Zendesk rate limits and requests pages); any other 5xx may
    come from behind the point where the work was queued.
    """
    answer = read_answer(response, now)
    message = f"HTTP {answer.status}: {answer.words}" if answer.words else f"HTTP {answer.status}"
    if answer.error == "TooManyJobs":
        return JobSlotsFull(message, answer)
    if answer.status in {409, 429, 503}:
        return NotTaken(message, answer)
    if answer.status >= 500 or answer.status == 408:
        return Unsure(message, answer)
    return Refused(message, answer)


def read_answer(response: httpx.Response, now: datetime) -> Answer:
    """Read an error in any of the envelopes Zendesk uses: three of JSON, and plain text."""
    error, words = _error_and_words(response.text)
    return Answer(
        status=response.status_code,
        words=words[:500],
        error=error,
        retry_after=_retry_after(response.headers.get("retry-after"), now),
        request_id=response.headers.get("x-zendesk-request-id") or response.headers.get("x-request-id"),
    )


def _error_and_words(text: str) -> tuple[str, str]:
    try:
        body = json.loads(text)
    except ValueError:
        return "", " ".join(text.split())
    if not isinstance(body, dict):
        return "", " ".join(text.split())
    error = body.get("error")
    if isinstance(error, dict):
        return str(error.get("title", "")), str(error.get("message", ""))
    if isinstance(error, str):
        description = str(body.get("description") or "")
        details = json.dumps(body["details"], ensure_ascii=False) if body.get("details") else ""
        return error, " ".join(part for part in (error, description, details) if part)
    return _first_of_errors(body)


def _first_of_errors(body: dict[str, object]) -> tuple[str, str]:
    errors = body.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        first = errors[0]
        words = " ".join(str(first[key]) for key in ("title", "detail") if first.get(key))
        return str(first.get("code", "")), words
    return "", json.dumps(body, ensure_ascii=False)


def _retry_after(text: str | None, now: datetime) -> float | None:
    """Read seconds or an HTTP date (RFC 9110, 10.2.3)."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        return _seconds_until(text, now)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None
