"""A request that failed becomes an error with its own cause and cure."""

from __future__ import annotations

import ssl

import httpx
import pytest

from zdpipe.errors import ZdpipeError
from zdpipe.pipeline.refused import explain, is_about_tls
from zdpipe.project.destination import Destination
from zdpipe.zendesk.client import BULK_WRITE
from zdpipe.zendesk.failures import (
    Answer,
    NoRoom,
    NotTaken,
    Refused,
    RequestFailure,
    SignInRefused,
    from_exception,
)

TOKEN = Destination(name="there", subdomain="acme", email="env:E", api_token="env:T")
OAUTH = Destination(name="there", subdomain="acme", client_id="env:I", client_secret="env:S")
SCOPES = "Forbidden You are missing the following required scopes: read"


def refused(status: int, words: str = "no", path: str = "", *, is_page: bool = False) -> Refused:
    failure = Refused(f"HTTP {status}: {words}", Answer(status, words, is_page=is_page))
    failure.path = path
    return failure


@pytest.mark.parametrize(
    ("failure", "role", "code", "cure"),
    [
        (refused(401), None, "unauthorized", "30 days"),
        (refused(403, SCOPES), None, "scope", "read write"),
        (refused(403, SCOPES), "admin", "scope", "read write"),
        (refused(403), None, "forbidden", "an admin"),
        (refused(403, path=BULK_WRITE), "admin", "bulk_import_off", "Zendesk Support"),
        (refused(403, path=BULK_WRITE), "agent", "bulk_import_off_or_role", "If an admin is refused too"),
        (refused(403, path=BULK_WRITE), None, "forbidden", "an admin"),
        (refused(403, "Access denied", BULK_WRITE, is_page=True), "admin", "forbidden", "IP addresses"),
        (refused(403, path="job_statuses/show_many"), "admin", "forbidden", "no matter of the role"),
        (refused(403, path="users/show_many"), "agent", "role", "an admin"),
        (NoRoom("no room for another 890 seconds"), None, "limits", "Wait as long"),
        (refused(404), None, "not_found", "subdomain"),
        (refused(400), None, "unreachable", "zdpipe check"),
        (NotTaken("no"), None, "unreachable", "network"),
        (SignInRefused("HTTP 401", Answer(401, "no")), None, "oauth_client", "client_secret"),
        (SignInRefused("no", Answer(200, "no", "scope")), None, "scope", "read write"),
    ],
)
def test_every_refusal_has_its_cause_and_its_cure(
    failure: RequestFailure, role: str | None, code: str, cure: str
) -> None:
    error: ZdpipeError = explain(failure, TOKEN, role)
    assert (error.code, error.exit_code) == (code, 2)
    assert cure in error.hint
    assert "acme.zendesk.com" in error.message


def test_who_signs_in_by_oauth_is_not_told_of_api_tokens() -> None:
    assert "API token" not in explain(refused(401), OAUTH).hint


def test_a_certificate_nobody_trusts_is_told_apart_from_a_host_that_is_not_there() -> None:
    def failure(cause: Exception) -> RequestFailure:
        error = httpx.ConnectError(str(cause))
        error.__cause__ = cause
        failure = from_exception(error)
        failure.__cause__ = error
        return failure

    untrusted = failure(ssl.SSLCertVerificationError("self-signed certificate"))
    assert is_about_tls(untrusted)
    assert explain(untrusted, TOKEN).code == "tls"
    assert "SSL_CERT_FILE" in explain(untrusted, TOKEN).hint
    assert not is_about_tls(failure(OSError("Name or service not known")))
