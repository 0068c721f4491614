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
class Response:
    """One HTTP response: status, headers, and the body's bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def with_headers(self, headers: Mapping[str, str]) -> Response:
        """Return the same response with more headers; those it already has win."""
        return replace(self, headers={**headers, **self.headers})


class Refusal(Exception):
    """Raised inside an endpoint to answer at once with the response it carries."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


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
        details.setdefault(name, []).append({"description": text})
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
