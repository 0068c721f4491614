from __future__ import annotations

import inspect
import json
from datetime import UTC, datetime

import httpx
import pytest

from zdpipe.zendesk.failures import (
    JobSlotsFull,
    NotTaken,
    Refused,
    RequestFailure,
    Unsure,
    from_exception,
    from_response,
    read_answer,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

# Every exception of httpx and what is known about the request once it is raised.
HOMES: dict[type[Exception], type[RequestFailure]] = {
    # No connection, so not a byte left.
    httpx.ConnectError: NotTaken,
    httpx.ConnectTimeout: NotTaken,
    httpx.PoolTimeout: NotTaken,
    httpx.ProxyError: NotTaken,
    # httpx will not send it, now or later.
    httpx.InvalidURL: Refused,
    httpx.UnsupportedProtocol: Refused,
    httpx.LocalProtocolError: Refused,
    httpx.TooManyRedirects: Refused,
    # Some of it left, or all.
    httpx.ReadTimeout: Unsure,
    httpx.ReadError: Unsure,
    httpx.WriteTimeout: Unsure,
    httpx.WriteError: Unsure,
    httpx.CloseError: Unsure,
    httpx.RemoteProtocolError: Unsure,
    httpx.DecodingError: Unsure,
    # Branches, should a leaf be added to them that nobody has thought about yet.
    httpx.HTTPError: Unsure,
    httpx.RequestError: Unsure,
    httpx.TransportError: Unsure,
    httpx.TimeoutException: Unsure,
    httpx.NetworkError: Unsure,
    httpx.ProtocolError: Unsure,
}
# Raised only by calls that zdpipe does not make: raise_for_status, cookies by name, streams.
NEVER_RAISED = {
    httpx.HTTPStatusError,
    httpx.CookieConflict,
    httpx.StreamError,
    httpx.StreamConsumed,
    httpx.StreamClosed,
    httpx.ResponseNotRead,
    httpx.RequestNotRead,
}


def answered(status: int, body: object = "", **headers: str) -> RequestFailure:
    content = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return from_response(httpx.Response(status, text=content, headers=named), NOW)


def test_every_exception_of_httpx_has_a_considered_home() -> None:
    exported = {
        thing
        for _, thing in inspect.getmembers(httpx, inspect.isclass)
        if issubclass(thing, Exception) and thing.__module__.startswith("httpx")
    }
    assert exported == set(HOMES) | NEVER_RAISED


@pytest.mark.parametrize(("raised", "home"), HOMES.items())
def test_what_httpx_raises_is_translated(raised: type[Exception], home: type[RequestFailure]) -> None:
    failure = from_exception(raised("words"))
    assert type(failure) is home
    assert failure.message == f"{raised.__name__}: words"
    assert failure.retry_after is None


def test_an_exception_without_words_is_named() -> None:
    assert from_exception(httpx.ReadTimeout("")).message == "ReadTimeout"


@pytest.mark.parametrize(
    ("status", "home"),
    [
        (301, Refused),
        (400, Refused),
        (401, Refused),
        (403, Refused),
        (404, Refused),
        (408, Unsure),
        (409, NotTaken),
        (413, Refused),
        (422, Refused),
        (429, NotTaken),
        (500, Unsure),
        (502, Unsure),
        (503, Unsure),
        (504, Unsure),
        (529, Unsure),
    ],
)
def test_each_status_says_whether_the_request_was_taken(status: int, home: type[RequestFailure]) -> None:
    failure = answered(status, "words")
    assert type(failure) is home
    assert failure.message == f"HTTP {status}: words"
    assert failure.answer is not None
    assert failure.answer.status == status


def test_a_503_with_a_time_to_come_back_was_surely_not_taken() -> None:
    assert type(answered(503, "busy", retry_after="3")) is NotTaken


@pytest.mark.parametrize("status", [200 + 229, 400, 503, 422])
def test_full_job_slots_are_known_by_the_error_whatever_the_status(status: int) -> None:
    body = {"error": "TooManyJobs", "description": "Too many jobs.", "current_job_ids": ["V3-1"]}
    assert type(answered(status, body)) is JobSlotsFull


ENVELOPES = [
    ({"error": {"title": "Forbidden", "message": "No access."}}, "Forbidden", "No access."),
    ({"error": "Couldn't authenticate you"}, "Couldn't authenticate you", "Couldn't authenticate you"),
    (
        {"error": "RecordInvalid", "description": "Errors", "details": {"email": [{"description": "bad"}]}},
        "RecordInvalid",
        'RecordInvalid Errors {"email": [{"description": "bad"}]}',
    ),
    (
        {"errors": [{"code": "InvalidParam", "title": "Wrong", "detail": "ids"}]},
        "InvalidParam",
        "Wrong ids",
    ),
    ("You have exceeded\n  the rate limit.", "", "You have exceeded the rate limit."),
    ({"unheard": "of"}, "", '{"unheard": "of"}'),
    ([1, 2], "", "[1, 2]"),
    ("", "", ""),
]


@pytest.mark.parametrize(("body", "error", "words"), ENVELOPES)
def test_every_envelope_is_understood(body: object, error: str, words: str) -> None:
    answer = read_answer(httpx.Response(400, text=body if isinstance(body, str) else json.dumps(body)), NOW)
    assert (answer.error, answer.words) == (error, words)


def test_an_answer_of_a_book_is_cut_short() -> None:
    assert len(read_answer(httpx.Response(500, text="long " * 100_000), NOW).words) == 200


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<html><head><title>Bad\n gateway</title></head><body>x</body>", "Bad gateway"),
        ("<!DOCTYPE html><style>a{}</style><p>Down &amp; out</p>", "Down & out"),
        ('{"error": "cut sho', '{"error": "cut sho'),
        ("[" * 100_000, "[" * 200),
    ],
)
def test_bodies_that_are_no_json_become_readable(text: str, words: str) -> None:
    assert read_answer(httpx.Response(502, text=text), NOW).words == words


@pytest.mark.parametrize("charset", ["hex", "no-such", "utf-16", "latin-1"])
def test_a_wrong_charset_is_no_obstacle(charset: str) -> None:
    headers = {"content-type": f"text/plain; charset={charset}"}
    assert type(from_response(httpx.Response(429, content=b"down", headers=headers), NOW)) is NotTaken


SPECIAL = {408: Unsure, 409: NotTaken, 425: NotTaken, 429: NotTaken}


@pytest.mark.parametrize("body", ["", "words", "<html>", '{"error": "cu', {"error": "Any"}, "x" * 1_000_000])
def test_every_status_has_a_home_whatever_the_body(body: object) -> None:
    for status in range(300, 600):
        home = SPECIAL.get(status, Unsure if status >= 500 else Refused)
        assert type(answered(status, body)) is home, status


def test_half_a_character_is_none() -> None:
    assert answered(422, '{"error": "Bad\\ud83d", "description": "cut \\ud83d"}').message == (
        "HTTP 422: Bad? cut ?"
    )


def test_a_redirect_names_where_to_without_its_query() -> None:
    message = answered(301, "", location="https://other.example/x?token=secret").message
    assert "https://other.example/x;" in message
    assert "secret" not in message


def test_a_refusal_names_zendesks_request_id() -> None:
    assert "(Zendesk's request id: abc)" in answered(422, "no", x_zendesk_request_id="abc").message


def test_a_date_is_meant_by_the_servers_clock() -> None:
    later, date = "Sun, 22 Nov 2026 15:01:30 GMT", "Sun, 22 Nov 2026 15:00:00 GMT"
    assert answered(429, "", retry_after=later, date=date).retry_after == 90.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("27", 27.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("Sun, 22 Nov 2026 12:01:30 GMT", 90.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        (f"Sun, 22 Nov {10**30} 12:00:00 GMT", None),
        ("", None),
        ("inf", None),
        ("nan", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert answered(429, "", retry_after=header).retry_after == seconds


def test_no_retry_after_is_none() -> None:
    assert answered(503).retry_after is None


@pytest.mark.parametrize("name", ["x_request_id", "x_zendesk_request_id"])
def test_the_request_id_is_kept_for_zendesks_support(name: str) -> None:
    answer = answered(500, "", **{name: "abc"}).answer
    assert answer is not None
    assert answer.request_id == "abc"
