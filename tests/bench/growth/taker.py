"""A server on loopback that takes any body at no cost, so that what is measured is the client.

Run as a program it prints its address. It answers a POST as Zendesk answers a bulk write whose job is over at
once, and a GET with how many users it was sent. Beside the body's length nothing is looked at: a user counts
by its key, which each of them has.
"""

from __future__ import annotations

import json
import sys
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Lock

KEY = b'"external_id"'
OVER = json.dumps(
    {
        "job_status": {
            "id": "8b726e606741012ffc2d782bcb7848fe",
            "status": "completed",
            "url": None,
            "message": None,
            "total": 0,
            "progress": 0,
            "results": [],
        }
    }
).encode()


class Server(ThreadingTCPServer):
    """Counts what it is sent."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = Lock()
        self.users = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(StreamRequestHandler):
    """One connection, with one request after the other."""

    disable_nagle_algorithm = True
    server: Server

    def handle(self) -> None:
        while first := self.rfile.readline():
            body = self.rfile.read(self._length())
            if first.startswith(b"POST"):
                with self.server.lock:
                    self.server.users += body.count(KEY)
                self._answer(OVER)
            else:
                self._answer(str(self.server.users).encode())

    def _length(self) -> int:
        length = 0
        while (line := self.rfile.readline()) not in {b"\r\n", b""}:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return length

    def _answer(self, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)


if __name__ == "__main__":
    with Server() as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        server.serve_forever()
