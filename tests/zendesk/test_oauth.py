from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.clock import FakeClock
from zdpipe.project.secret import Secret
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.failures import NotTaken, Refused, RequestFailure, SignInRefused
from zdpipe.zendesk.limits import Limits
from zdpipe.zendesk.oauth import OAuth

ME = {"user": {"id": 7, "role": "admin", "email": "a@example.com"}}
Handler = Callable[[httpx.Request], httpx.Response]


class Server:
    """Gives out tokens t1, t2, … and knows the newest one; `asked` are the bodies that asked for one."""

    def __init__(self, **answer: object) -> None:
        self.answer = {"token_type": "bearer", "scope": "read write", "expires_in": 7200} | answer
        self.asked: list[dict[str, object]] = []
        self.seen: list[str] = []
        self.known = True

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/tokens":
            assert "authorization" not in request.headers
            self.asked.append(json.loads(request.content))
            self.known = True
            return httpx.Response(200, json={**self.answer, "access_token": f"t{len(self.asked)}"})
        self.seen.append(request.headers["authorization"])
        if not self.known or self.seen[-1] != f"Bearer t{len(self.asked)}":
            return httpx.Response(401, json={"error": "invalid_token"})
        return httpx.Response(200, json=ME)


@contextmanager
def signed(handler: Handler, folder: Path, clock: FakeClock) -> Iterator[ZendeskClient]:
    auth = OAuth("https://acme.zendesk.com", Secret("zdpipe"), Secret("s3cr3t"), clock)
    with (
        Limits(folder, 100, clock) as limits,
        ZendeskClient(
            "https://acme.zendesk.com", auth, httpx.MockTransport(handler), limits, clock
        ) as client,
    ):
        yield client


def test_a_token_is_asked_for_once_and_used_for_everything(tmp_path: Path, clock: FakeClock) -> None:
    server = Server()
    with signed(server, tmp_path, clock) as client:
        assert client.me().user_id == 7
        client.me()
        assert client.requests == 3
    assert server.seen == ["Bearer t1", "Bearer t1"]
    assert server.asked == [
        {
            "grant_type": "client_credentials",
            "client_id": "zdpipe",
            "client_secret": "s3cr3t",
            "scope": "read write",
            "expires_in": 7200,
        }
    ]


@pytest.mark.parametrize(("lasts", "renewed_after"), [(7200, 7080), (600, 540)])
def test_it_is_renewed_before_it_ends(
    tmp_path: Path, clock: FakeClock, lasts: int, renewed_after: int
) -> None:
    server = Server(expires_in=lasts)
    with signed(server, tmp_path, clock) as client:
        client.me()
        clock.advance(renewed_after - 1)
        client.me()
        assert len(server.asked) == 1
        clock.advance(1)
        client.me()
    assert server.seen[-1] == "Bearer t2"
    assert len(server.asked) == 2


@pytest.mark.parametrize("lasts", [None, 0])
def test_a_token_without_an_end_is_kept(tmp_path: Path, clock: FakeClock, lasts: object) -> None:
    server = Server(expires_in=lasts)
    with signed(server, tmp_path, clock) as client:
        client.me()
        clock.advance(1e6)
        client.me()
    assert len(server.asked) == 1


def test_a_token_that_was_revoked_is_renewed_and_the_request_repeated(
    tmp_path: Path, clock: FakeClock
) -> None:
    server = Server()
    with signed(server, tmp_path, clock) as client:
        client.me()
        server.known = False
        assert client.me().user_id == 7
    assert server.seen == ["Bearer t1", "Bearer t1", "Bearer t2"]


def test_a_new_token_that_is_not_taken_either_is_a_refusal(tmp_path: Path, clock: FakeClock) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/tokens":
            return httpx.Response(200, json={"access_token": "t", "scope": "read write"})
        return httpx.Response(401, json={"error": "invalid_token"})

    with signed(handler, tmp_path, clock) as client, pytest.raises(Refused) as caught:
        client.me()
    assert caught.value.status == 401


@pytest.mark.parametrize("scope", ["read", "reed write", "", "users:read users:write"])
def test_another_scope_than_the_one_asked_for_is_told(tmp_path: Path, clock: FakeClock, scope: str) -> None:
    server = Server(scope=scope)
    with signed(server, tmp_path, clock) as client, pytest.raises(SignInRefused, match="scope"):
        client.me()
    assert server.seen == []


def test_more_than_was_asked_for_and_silence_about_the_scope_will_do(
    tmp_path: Path, clock: FakeClock
) -> None:
    for scope in ("write read impersonate", None):
        with signed(Server(scope=scope), tmp_path, clock) as client:
            assert client.me().user_id == 7


def failing(status: int, body: object) -> Handler:
    return lambda _: httpx.Response(status, json=body) if body else httpx.Response(status)


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (failing(401, {"error": "invalid_client", "error_description": "no"}), SignInRefused),
        (failing(400, {"error": "invalid_grant"}), SignInRefused),
        (failing(404, None), SignInRefused),
        (failing(200, {"token": "?"}), SignInRefused),
        (failing(200, None), SignInRefused),
        (failing(429, None), NotTaken),
        (failing(500, None), NotTaken),
        (failing(503, None), NotTaken),
    ],
)
def test_every_other_answer_has_its_home(
    tmp_path: Path, clock: FakeClock, handler: Handler, kind: type[RequestFailure]
) -> None:
    with signed(handler, tmp_path, clock) as client, pytest.raises(RequestFailure) as caught:
        client.me()
    assert type(caught.value) is kind


@pytest.mark.parametrize("token", [None, "", 7, {"t": 1}, "t0k3n\n", "t0 k3n", "t0k3n\u00e9"])
def test_what_fits_into_no_header_is_no_token_and_is_not_shown(
    tmp_path: Path, clock: FakeClock, token: object
) -> None:
    """Header values that httpx refuses are quoted in its message (h11)."""
    body = {"access_token": token, "scope": "read write"}
    with signed(failing(200, body), tmp_path, clock) as client, pytest.raises(SignInRefused) as caught:
        client.me()
    assert "k3n" not in "".join(traceback.format_exception(caught.value))


def test_users_never_left_where_the_token_did_not_come(tmp_path: Path, clock: FakeClock) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    with signed(handler, tmp_path, clock) as client, pytest.raises(NotTaken):
        client.create_or_update_many(["{}"])


def test_the_secret_and_the_token_stay_out_of_every_message(tmp_path: Path, clock: FakeClock) -> None:
    auth = OAuth("https://acme.zendesk.com", Secret("zdpipe"), Secret("s3cr3t"), clock)
    words = [repr(auth), str(auth)]
    for body in (
        {"error": "invalid_client", "description": "s3cr3t is wrong"},
        {"access_token": {"t0k3n": 1}, "scope": "t0k3n"},
    ):
        status = 401 if "error" in body else 200
        with (
            signed(failing(status, body), tmp_path, clock) as client,
            pytest.raises(SignInRefused) as caught,
        ):
            client.me()
        words += [str(caught.value), *traceback.format_exception(caught.value)]
    assert not [text for text in words if "s3cr3t" in text]


@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
def test_no_answer_that_repeats_what_was_asked_is_repeated_by_us(
    tmp_path: Path, clock: FakeClock, status: int
) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, text=f"cannot handle {request.content.decode()}")

    with signed(echo, tmp_path, clock) as client, pytest.raises(RequestFailure) as caught:
        client.me()
    answer = caught.value.answer
    assert answer is not None
    told = [*traceback.format_exception(caught.value), repr(answer), caught.value.message]
    assert not [words for words in told if "s3cr3t" in words]
    assert caught.value.message == f"HTTP {status}"
