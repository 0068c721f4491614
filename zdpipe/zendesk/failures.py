"""Every way a request can fail, and what is known about whether Zendesk took it.

RequestFailure
├─ NotTaken      surely not taken: wait and send again
│  ├─ JobSlotsFull   30 jobs are queued or running; a wait, never an error of a row
│  └─ NoRoom         our own limits hold the request back for long
├─ Unsure        maybe taken: the answer was lost after the request left
└─ Refused       Zendesk understood and said no: sending again would change nothing
   └─ SignInRefused  no access token for the OAuth client, or one that is not enough
"""

from __future__ import annotations

import html
import json
import math
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from zdpipe.zendesk.headers import read_date
from zdpipe.zendesk.texts import storable


@dataclass(frozen=True, slots=True)
class Answer:
    """What is kept of an HTTP answer that was not a success; a page (HTML) is not Zendesk's API speaking."""

    status: int
    words: str
    error: str = ""
    retry_after: float | None = None
    request_id: str | None = None
    is_page: bool = False


class RequestFailure(Exception):
    """Root of what can go wrong with one request; `path` is the call's, where the client noted it."""

    def __init__(self, message: str, answer: Answer | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.answer = answer
        self.path = ""

    @property
    def retry_after(self) -> float | None:
        """Seconds that Zendesk asks to wait, or None."""
        return self.answer.retry_after if self.answer else None


class NotTaken(RequestFailure):
    """Raised when Zendesk surely did nothing with the request and may take it later."""


class JobSlotsFull(NotTaken):
    """Raised when the account's job slots are taken."""


class NoRoom(NotTaken):
    """Raised where the account's limits leave no room for longer than the caller would wait."""


class Unsure(RequestFailure):
    """Raised when the request may have been taken and no answer says so."""


class Refused(RequestFailure):
    """Raised when Zendesk refuses for a reason that waiting does not cure."""

    @property
    def status(self) -> int:
        """The HTTP status of the refusal, 0 when there was no answer."""
        return self.answer.status if self.answer else 0


class SignInRefused(Refused):
    """Raised when Zendesk gives the OAuth client no access token, or one of another scope."""


# By error name first, whatever the status: the page on rate limits gives TooManyJobs no status.
_BY_ERROR: dict[str, type[RequestFailure]] = {"TooManyJobs": JobSlotsFull}
# A 429 says that nothing was done (Zendesk rate limits page), a 425 that the server would not risk it
# (RFC 8470, 5.2). A 408 may come after the request was passed on.
_BY_STATUS: dict[int, type[RequestFailure]] = {
    408: Unsure,
    409: NotTaken,
    425: NotTaken,
    429: NotTaken,
}
# Any other 5xx may come from behind the point where the work was queued.
_BY_HUNDRED: dict[int, type[RequestFailure]] = {3: Refused, 4: Refused, 5: Unsure}
# The nearest class in an exception's ancestry counts.
_BY_EXCEPTION: dict[type[Exception], type[RequestFailure]] = {
    # Before a byte of the request is out nothing can have been taken. A proxy error is the proxy's refusal to
    # open a tunnel (httpcore, http_proxy and socks_proxy).
    httpx.ConnectError: NotTaken,
    httpx.ConnectTimeout: NotTaken,
    httpx.PoolTimeout: NotTaken,
    httpx.ProxyError: NotTaken,
    # httpx refuses to send these at all (for redirects: to go on), and will refuse them again.
    httpx.InvalidURL: Refused,
    httpx.UnsupportedProtocol: Refused,
    httpx.LocalProtocolError: Refused,
    httpx.TooManyRedirects: Refused,
    # What is not known to have stayed here may have been taken.
    httpx.HTTPError: Unsure,
}
# A longer Retry-After is not waited for: the run ends, with the time to come back.
LONGEST_OBEYED = 900.0
_LONGEST_WORDS = 500
# Bodies that are no JSON come from proxies and error pages; their beginning tells what they are.
_LONGEST_TEXT = 200
_TITLE = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)|<[^>]*>?", re.IGNORECASE | re.DOTALL)


def from_exception(error: httpx.HTTPError | httpx.InvalidURL) -> RequestFailure:
    """Translate what httpx raised."""
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    home = next(_BY_EXCEPTION[kind] for kind in type(error).__mro__ if kind in _BY_EXCEPTION)
    return home(words)


def from_response(response: httpx.Response, now: datetime) -> RequestFailure:
    """Translate an answer that is no success."""
    answer = read_answer(response, now)
    home = _BY_ERROR.get(answer.error, _by_status(answer))
    message = f"HTTP {answer.status}: {answer.words}" if answer.words else f"HTTP {answer.status}"
    if response.has_redirect_location:
        message += f" (redirected to {_without_query(response)}; is the account's address right?)"
    if home is Refused and answer.request_id:
        message += f" (Zendesk's request id: {answer.request_id[:_LONGEST_TEXT]})"
    return home(message, answer)


def _by_status(answer: Answer) -> type[RequestFailure]:
    # With a Retry-After, 503 is a database timeout or deadlock of Zendesk's own; without, an outage, or a
    # gateway somewhere on the way (Zendesk requests page).
    if answer.status == 503 and answer.retry_after is not None:
        return NotTaken
    return _BY_STATUS.get(answer.status) or _BY_HUNDRED.get(answer.status // 100, Unsure)


def _without_query(response: httpx.Response) -> str:
    return response.headers["location"].partition("?")[0][:_LONGEST_TEXT]


def read_answer(response: httpx.Response, now: datetime) -> Answer:
    """Read an error in any of the envelopes Zendesk uses: three of JSON, and plain text."""
    error, words = _error_and_words(_text(response))
    return Answer(
        status=response.status_code,
        words=storable(words[:_LONGEST_WORDS]),
        error=storable(error),
        # A date in it is meant by the server's clock; ours may be off.
        retry_after=_retry_after(response.headers.get("retry-after"), read_date(response.headers) or now),
        request_id=response.headers.get("x-zendesk-request-id") or response.headers.get("x-request-id"),
        is_page="html" in response.headers.get("content-type", "").lower(),
    )


def _text(response: httpx.Response) -> str:
    try:
        # Not response.text: it falls over charsets such as "hex", codecs of Python's but none of text.
        return response.content.decode(response.charset_encoding or "utf-8", "replace")
    except (LookupError, ValueError):
        return response.content.decode("utf-8", "replace")


def _readable(text: str) -> str:
    """Reduce a body to what a person can read: a page's title, or how the text begins."""
    beginning = text[:20_000]
    if beginning.lstrip().startswith("<"):
        title = _TITLE.search(beginning)
        beginning = title[1] if title and title[1].strip() else _UNSEEN.sub(" ", beginning)
    return " ".join(html.unescape(beginning).split())[:_LONGEST_TEXT]


def _error_and_words(text: str) -> tuple[str, str]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return "", _readable(text)
    if not isinstance(body, dict):
        return "", _readable(text)
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
    except (ValueError, TypeError, OverflowError):
        return None
