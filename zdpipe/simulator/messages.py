"""A request and a response as plain data, and the bodies Zendesk answers refusals with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

MOST_LEVELS = 100
ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: `path` without query, `query` as sent, header names in lower case, `origin` as
    scheme://host.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = "https://simulator.zendesk.com"

    def params(self) -> dict[str, list[str]]:
        """Return the query's parameters, blank ones included."""
        return parse_qs(self.query, keep_blank_values=True)

    def param(self, name: str, default: str | None = None) -> str | None:
        """Return the first value of a query parameter."""
        return self.params().get(name, [default])[0]


@dataclass(frozen=True, slots=True)
class Way:
    """How a response reaches the caller: `seconds` late, `cut` after so many bytes, not at all when `reset`.

    `headers` are set last of all; one of None is left out.
    """

    seconds: float = 0.0
    cut: int | None = None
    reset: bool = False
    headers: Mapping[str, str | None] = field(default_factory=dict)


STRAIGHT = Way()


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response: status, headers, the body's bytes, and the way they take."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    way: Way = STRAIGHT

    def with_headers(self, headers: Mapping[str, str]) -> Response:
        """Return the same response with more headers; those it already has win."""
        return replace(self, headers={**headers, **self.headers})

    def sent(self) -> Response:
        """Return the response as it leaves: the way's headers replace others of the same name in any case."""
        if not self.way.headers:
            return self
        chosen = {name.lower() for name in self.way.headers}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in chosen}
        headers |= {name: value for name, value in self.way.headers.items() if value is not None}
        return replace(self, headers=headers)


class Refusal(Exception):
    """Raised inside an endpoint to answer at once with the response it carries."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def part_sent(response: Response) -> int:
    """Return how many bytes of the body are sent: all, or fewer where the way cuts it."""
    size = len(response.body)
    return size if response.way.cut is None else max(0, min(response.way.cut, size - 1))


def json_response(status: int, document: object, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response whose body is the document as JSON."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, body)


def text_response(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a plain text response, which is how Zendesk answers some refusals."""
    return Response(status, {"Content-Type": "text/plain; charset=utf-8", **(headers or {})}, text.encode())


def bad_request(description: str) -> Response:
    """Return 400 for a request whose shape is wrong."""
    return json_response(400, {"error": "BadRequest", "description": description})


def not_authenticated() -> Response:
    """Return 401 with the body Zendesk gives for a wrong API token."""
    return json_response(401, {"error": "Couldn't authenticate you"})


def invalid_token() -> Response:
    """Return 401 for an OAuth token that is unknown or has expired, with the body that clients report."""
    text = "The access token provided is expired, revoked, malformed or invalid for other reasons."
    challenge = f'Bearer error="invalid_token", error_description="{text}"'
    body = {"error": "invalid_token", "error_description": text}
    return json_response(401, body, {"WWW-Authenticate": challenge})


def forbidden() -> Response:
    """Return 403 with the body recorded for a caller who may not see a page."""
    message = (
        "You do not have access to this page."
        " Please contact the account owner of this help desk for further help."
    )
    return json_response(403, {"error": {"title": "Forbidden", "message": message}})


def lacks_scope(scope: str) -> Response:
    """Return 403 with the body recorded for a token that lacks a scope."""
    description = f"You are missing the following required scopes: {scope}"
    return json_response(403, {"error": "Forbidden", "description": description})


def record_not_found() -> Response:
    """Return 404 for a user or job that is not there."""
    return json_response(404, {"error": "RecordNotFound", "description": "Not found"})


def invalid_endpoint() -> Response:
    """Return 404 for a path that no endpoint serves."""
    return json_response(404, {"error": "InvalidEndpoint", "description": "Not found"})


def method_not_allowed(allowed: str) -> Response:
    """Return 405, naming the methods the path does serve."""
    body = {"error": "MethodNotAllowed", "description": f"Allowed: {allowed}"}
    return json_response(405, body, {"Allow": allowed})


def record_invalid(problems: list[tuple[str, str]]) -> Response:
    """Return 422 with one description per (property, text), as the Users API answers a single write."""
    details: dict[str, list[dict[str, str]]] = {}
    for name, text in problems:
        error = {"error": "InvalidFormat"} if name == "phone" else {}  # as reported for phones alone
        details.setdefault(name, []).append({"description": text, **error})
    body = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
    return json_response(422, body)


def json_body(body: bytes) -> dict[str, Any]:
    """Read a request's JSON object in UTF-8, or refuse with 400; NaN and Infinity are not JSON."""
    try:
        document = json.loads(body.decode(), parse_constant=_not_json)
        if ESCAPED_SURROGATE.search(body):
            json.dumps(document, ensure_ascii=False).encode()  # half a pair is no text: UnicodeEncodeError
    except (ValueError, RecursionError):
        raise Refusal(bad_request("The request body is not valid JSON")) from None
    if not isinstance(document, dict):
        raise Refusal(bad_request("The request body is not a JSON object"))
    return document


def form_body(body: bytes) -> dict[str, Any]:
    """Read a request's form, the first value of each name."""
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def is_too_deep(document: object) -> bool:
    """Tell whether arrays and objects are nested further than the hundred levels that Ruby's JSON reads."""
    level = [document]
    for _ in range(MOST_LEVELS):
        level = [
            inner
            for outer in level
            if isinstance(outer, list | dict)
            for inner in (outer if isinstance(outer, list) else outer.values())
        ]
    return any(isinstance(outer, list | dict) for outer in level)


def _not_json(name: str) -> None:
    raise ValueError(name)
