"""What sending costs, told bit by bit so that a killed process leaves its part behind."""

from __future__ import annotations

from zdpipe.clock import Clock
from zdpipe.model.run import Effort
from zdpipe.zendesk.client import ZendeskClient


class Meter:
    """Counts from its making: requests of a client, seconds of sending, seconds in all."""

    def __init__(self, client: ZendeskClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._told = Effort()
        self._started = clock.monotonic()
        self._first_sent: float | None = None
        self._sending_seconds = 0.0
        self._earlier_seconds = 0.0
        self._requests_before = client.requests

    def sends(self, users: int, users_per_second: int, wait: float) -> None:
        """Note that users leave in `wait` seconds.

        Sending lasts from the first request's start to the end of the last one's share of a second.
        """
        leaving = self._clock.monotonic() + wait
        self._first_sent = leaving if self._first_sent is None else self._first_sent
        self._sending_seconds = leaving - self._first_sent + users / max(1, users_per_second)

    def rests(self) -> None:
        """Note that nothing leaves for a while by intention: that is no time of sending."""
        self._earlier_seconds += self._sending_seconds
        self._first_sent, self._sending_seconds = None, 0.0

    def news(self) -> Effort:
        """Return what was not told yet."""
        told = self._told
        self._told = Effort(
            self._client.requests - self._requests_before,
            self._earlier_seconds + self._sending_seconds,
            self._clock.monotonic() - self._started,
        )
        return Effort(
            self._told.requests - told.requests,
            self._told.sending_seconds - told.sending_seconds,
            self._told.seconds - told.seconds,
        )
