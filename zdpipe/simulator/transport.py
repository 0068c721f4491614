"""The simulator worn as an httpx transport: no socket, the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx

from zdpipe.simulator.accounts import Account
from zdpipe.simulator.messages import Request
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.times import utc_now
from zdpipe.simulator.zendesk import Zendesk


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
        content = b"" if request.method == "HEAD" else response.body
        return httpx.Response(response.status, headers=dict(response.headers), content=content)

    def close(self) -> None:
        """Close the account."""
        self.zendesk.close()


def embedded(
    settings: Settings | None = None, state: Path | None = None, now: Callable[[], datetime] = utc_now
) -> SimulatorTransport:
    """Return a transport into the account kept in a file, or in memory when there is none."""
    return SimulatorTransport(Zendesk(Account(state), settings, now))
