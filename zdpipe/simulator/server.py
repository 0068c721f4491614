"""The simulator worn as an HTTP server on a loopback port, of the standard library alone."""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from zdpipe.simulator.bodies import BadBody, read_body
from zdpipe.simulator.messages import Request, Response, bad_request, part_sent
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.times import utc_now
from zdpipe.simulator.zendesk import Zendesk, opened

LOOPBACK = "127.0.0.1"


class NotLoopback(ValueError):
    """Raised when the server is asked to listen where other machines could reach it."""


class Server:
    """A running server: `url` is its address, without a slash at the end."""

    def __init__(self, http: _HTTPServer) -> None:
        self._http = http
        self._thread = threading.Thread(target=http.serve_forever, args=(0.05,), name="simulator")
        self.zendesk = http.zendesk
        self.port: int = http.server_address[1]
        self.url = http.url
        self._thread.start()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until the server has stopped, or so many seconds; an exception such as ^C passes through."""
        self._thread.join(seconds)

    def stop(self) -> None:
        """Stop listening, end the open connections, and close the account; stopping twice is harmless."""
        self._http.stopping.set()
        self._http.shutdown()
        self._thread.join()
        self._http.hang_up()
        self._http.server_close()
        self.zendesk.close()


@contextmanager
def serve(
    settings: Settings | None = None,
    state: Path | None = None,
    port: int = 0,
    host: str = LOOPBACK,
    now: Callable[[], datetime] = utc_now,
    faults: object = None,
) -> Iterator[Server]:
    """Serve the account of a state file (in memory when None) until the block ends; port 0 takes a free one.

    `faults` is a faults document. Raises NotLoopback for a host that other machines could reach, NotAnAccount
    for a file that is none, BadFaults for a bad document, and OSError when the port is taken.
    """
    if not ipaddress.ip_address(host).is_loopback:
        raise NotLoopback(f"{host} is not a loopback address")
    zendesk = opened(state, settings, now, faults)
    try:
        http = _HTTPServer((host, port), zendesk)
    except BaseException:
        zendesk.close()
        raise
    server = Server(http)
    try:
        yield server
    finally:
        server.stop()


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = False  # so that closing the server waits for the answers under way
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], zendesk: Zendesk) -> None:
        self.zendesk = zendesk
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._to_reset: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # HTTPServer.server_bind would look up the host's name, which can take seconds without a resolver.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        host, port = self.socket.getsockname()[:2]
        self.server_address = (host, port)
        self.server_name, self.server_port = host, port
        self.url = f"http://{host}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        if request in self._to_reset:
            self._to_reset.discard(request)
            self.close_request(request)  # an orderly shutdown would say goodbye first
        else:
            super().shutdown_request(request)

    def reset(self, request: socket.socket) -> None:
        """Let the connection end with a reset when its handler is done."""
        request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._to_reset.add(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report a fault of the server; a client that hangs up in the middle is none."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """Wake the threads that wait for a next request on an open connection."""
        with self._open_lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)


class _Handler(BaseHTTPRequestHandler):
    server: _HTTPServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # Nagle and delayed ACK together would cost 40 ms an answer
    wbufsize = -1  # one segment for headers and body
    timeout = 300

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            body = read_body(headers, self.rfile)
        except BadBody as error:
            self.close_connection = True
            self._reply(bad_request(str(error)))
            return
        path, _, query = self.path.partition("?")
        origin = f"http://{headers['host']}" if "host" in headers else self.server.url
        self._reply(self.server.zendesk.handle(Request(self.command, path, query, headers, body, origin)))

    do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - the names http.server calls
    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def handle_expect_100(self) -> bool:
        """Let the 100 out at once: kept in the buffer, it would reach a client that waits for it too late."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def _reply(self, response: Response) -> None:
        way = response.way
        self.server.stopping.wait(way.seconds)
        if way.reset:
            self.close_connection = True
            self.server.reset(self.connection)
            return
        self.close_connection = self.close_connection or way.cut is not None
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection and way.cut is None:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body[: part_sent(response)])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Print nothing: an answer is the only word of a server inside another program."""
