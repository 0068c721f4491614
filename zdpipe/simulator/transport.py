"""The simulator worn as an httpx transport: no socket, the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import httpx

from zdpipe.simulator.messages import Request, Response, Way, part_sent
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.times import utc_now
from zdpipe.simulator.zendesk import Zendesk, opened


class SimulatorTransport(httpx.BaseTransport):
    """Hands every request to a simulated Zendesk, whichever host it names; closing it closes the account."""

    def __init__(self, zendesk: Zendesk) -> None:
        self.zendesk = zendesk

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        body = request.read()
        url = request.url
        response = self.zendesk.handle(
            Request(
                request.method,
                url.path,
                url.query.decode("ascii"),
                {name.lower(): value for name, value in request.headers.items()},
                body,
                f"{url.scheme}://{url.netloc.decode('ascii')}",
            )
        )
        _travel(response.way, request)
        headers = dict(response.headers)
        if request.method == "HEAD":
            return httpx.Response(response.status, headers=headers)
        if response.way.cut is not None:
            headers["Content-Length"] = str(len(response.body))
            return httpx.Response(response.status, headers=headers, stream=_CutStream(response))
        return httpx.Response(response.status, headers=headers, content=response.body)

    def close(self) -> None:
        """Close the account."""
        self.zendesk.close()


class _CutStream(httpx.SyncByteStream):
    """The part of a body that comes before the connection closes."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        body, sent = self._response.body, part_sent(self._response)
        yield body[:sent]
        if sent < len(body):
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body"
                f" (received {sent} bytes, expected {len(body)})"
            )


def _travel(way: Way, request: httpx.Request) -> None:
    """Fail as a network would: with a reset, or because the answer takes longer than the caller waits.

    Nobody waits here: an answer that is slow, but not too slow, is given at once.
    """
    if way.reset:
        raise httpx.ReadError("[Errno 104] Connection reset by peer")
    patience = request.extensions.get("timeout", {}).get("read")
    if patience is not None and way.seconds > patience:
        raise httpx.ReadTimeout("The read operation timed out")


def embedded(
    settings: Settings | None = None,
    state: Path | None = None,
    now: Callable[[], datetime] = utc_now,
    faults: object = None,
) -> SimulatorTransport:
    """Return a transport into the account kept in a file, or in memory when there is none.

    `faults` is a faults document, see docs/simulator.md; raises BadFaults, a ValueError, for a bad one.
    """
    return SimulatorTransport(opened(state, settings, now, faults))
