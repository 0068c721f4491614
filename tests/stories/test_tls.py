"""A host whose certificate nobody vouches for is told apart from one that is not there."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.stories.world import API_TOKEN, World

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")


class Quiet(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up over the certificate is what these tests are about."""


class Silent(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Serve HTTPS with a certificate that it signed itself."""
    words = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -keyout key.pem -out cert.pem"
    subprocess.run(["openssl", *words.split()], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = Quiet(("127.0.0.1", 0), Silent)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    with suppress(OSError):
        server.server_close()


@pytest.mark.parametrize("command", [["check"], ["run", "queries/users.sql"]])
def test_a_certificate_that_nobody_trusts_is_told_with_its_cure(
    tmp_path: Path, port: int, command: list[str]
) -> None:
    world = World(tmp_path / "project", f"https://127.0.0.1:{port}")
    world.many_customers(1)
    ended = world.zdpipe(*command, "--format", "json")
    assert ended.code == 2
    error = ended.json["error"]
    assert error["code"] == "tls"
    assert "SSL_CERT_FILE" in error["hint"]
    assert API_TOKEN not in ended.out
    if command == ["check"]:
        found = {check["name"]: check["answer"] for check in ended.json["checks"]}
        assert (found["reachable"], found["TLS"], found["identity"]) == ("fine", "refused", "skipped")


def test_a_host_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    world = World(tmp_path / "project", "https://127.0.0.1:1")
    ended = world.zdpipe("check", "--format", "json")
    assert (ended.code, ended.json["error"]["code"]) == (2, "unreachable")
