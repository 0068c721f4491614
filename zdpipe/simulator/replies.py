"""Answers by status, as Zendesk or what stands before it gives them.

Bodies seen in recordings: 401, 404, 409, 422 and the plain text of 429. Those of 400, 403, 413 and the 500
range are guesses, of the shapes that Zendesk documents.
"""

from __future__ import annotations

from http import HTTPStatus

from zdpipe.simulator.effects import NOT_GIVEN
from zdpipe.simulator.messages import (
    Response,
    bad_request,
    forbidden,
    json_response,
    not_authenticated,
    record_invalid,
    record_not_found,
    text_response,
)

RATE_LIMIT = "Rate limit for this endpoint exceeded, please wait before trying again"


def reply(status: int, body: object = NOT_GIVEN, retry_after: object = NOT_GIVEN) -> Response:
    """Return an answer of a status; NOT_GIVEN stands for what is usual: a body by the status, and a
    Retry-After of 1 second with 429 alone. None as `retry_after` means none.
    """
    response = usual(status) if body is NOT_GIVEN else _with_body(status, body)
    wait = "1" if retry_after is NOT_GIVEN and status == 429 else retry_after
    return (
        response if wait is NOT_GIVEN or wait is None else response.with_headers({"Retry-After": str(wait)})
    )


def usual(status: int) -> Response:
    """Return an answer with the body that is usual for its status."""
    if status == 413 or status >= 500:
        return _page(status)
    if status in (204, 304):
        return Response(status, {}, b"")
    return USUAL[status] if status in USUAL else json_response(status, {})


def _with_body(status: int, body: object) -> Response:
    if not isinstance(body, str):
        return json_response(status, body)
    kind = "text/html" if body.startswith("<") else "text/plain"
    return Response(status, {"Content-Type": f"{kind}; charset=utf-8"}, body.encode())


def _page(status: int) -> Response:
    """Return the page of a web server that stands before Zendesk."""
    try:
        title = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        title = str(status)
    html = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Response(status, {"Content-Type": "text/html; charset=utf-8"}, html.encode())


USUAL = {
    400: bad_request("The request could not be understood"),
    401: not_authenticated(),
    403: forbidden(),
    404: record_not_found(),
    409: json_response(409, {"error": "DatabaseConflict", "description": "Database collision"}),
    422: record_invalid([("base", "Base: is not valid")]),
    429: text_response(429, RATE_LIMIT),
}
