from __future__ import annotations

import base64
import traceback

import httpx
import pytest

from zdpipe.project.secret import Secret
from zdpipe.zendesk.auth import TokenAuth

AUTH = TokenAuth(Secret("admin@example.com"), Secret("s3cr3t-token"))


def test_the_user_name_is_the_email_with_token() -> None:
    seen: list[str] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200)

    with httpx.Client(auth=AUTH, transport=httpx.MockTransport(note)) as client:
        client.get("https://acme.zendesk.com/")
    assert base64.b64decode(seen[0].removeprefix("Basic ")) == b"admin@example.com/token:s3cr3t-token"


def test_neither_printing_it_nor_a_traceback_shows_the_token() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down", request=request)

    with (
        httpx.Client(auth=AUTH, transport=httpx.MockTransport(fail)) as client,
        pytest.raises(httpx.ConnectError) as caught,
    ):
        client.get("https://acme.zendesk.com/")
    hidden = base64.b64encode(b"admin@example.com/token:s3cr3t-token").decode()
    words = [
        repr(AUTH),
        str(AUTH),
        repr(caught.value.request.headers),
        *traceback.format_exception(caught.value),
    ]
    assert not [text for text in words if "s3cr3t" in text or hidden in text]
