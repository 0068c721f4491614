"""Users a second as the server counts them, although the network delays requests unevenly."""

from __future__ import annotations

from collections import deque

from zdpipe.clock import Clock

_WINDOW = 1.0


class Pace:
    """Keeps the users that arrive in any one sliding second at or below a limit.

    A request arrives some time after it starts and some time before its answer is here. Of the fastest
    round trip seen, no later one can undercut both ways, so a request stops counting one second after its
    answer less that round trip. With even latency this is one second after its start: nothing is lost.
    """

    def __init__(self, users_per_second: int, clock: Clock) -> None:
        self._limit = users_per_second
        self._clock = clock
        self._fastest: float | None = None
        self._sent: deque[tuple[int, float]] = deque()

    def wait(self, count: int) -> float:
        """Return the seconds until that many users may leave, 0 when they may now."""
        now = self._clock.monotonic()
        while self._sent and self._leaves(self._sent[0][1]) <= now:
            self._sent.popleft()
        held = sum(users for users, _ in self._sent)
        for users, ended in self._sent:
            if held + count <= self._limit:
                break
            held -= users
            free = self._leaves(ended)
            if held + count <= self._limit:
                return max(0.0, free - now)
        return 0.0

    def sent(self, count: int, started: float, ended: float) -> None:
        """Note a request that was answered, in monotonic seconds."""
        latency = ended - started
        self._fastest = latency if self._fastest is None else min(self._fastest, latency)
        self._sent.append((count, ended))

    def _leaves(self, ended: float) -> float:
        return ended + _WINDOW - (self._fastest or 0.0)
