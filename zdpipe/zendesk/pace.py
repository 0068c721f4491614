"""Users a second as the server counts them, although the network delays requests unevenly."""

from __future__ import annotations

from collections import deque

from zdpipe.clock import Clock

_WINDOW = 1.0
# So many answers must have come before the fastest of them is believed to be about as fast as they get.
_TRUSTED_AFTER = 8
# How much faster than the fastest answer seen the network may still prove to be, in seconds: a tenth of that
# answer's time, within these bounds. Next door less can vary than far away.
_MARGIN_SHARE, _LEAST_MARGIN, _MOST_MARGIN = 0.1, 0.002, 0.005


class Pace:
    """Keeps the users that arrive in any one sliding second at or below a limit.

    A request arrives at some time between its start and its answer. Hence a request may leave safely one
    second after the answer of those that fill the second now. That wastes a round trip, so once enough
    answers have come, the fastest of them, less a margin, is what a request surely spends on its way here
    and the next one on its way there. With even latency requests start one second and the margin apart.
    """

    def __init__(self, users_per_second: int, clock: Clock) -> None:
        self._limit = users_per_second
        self._clock = clock
        self._fastest = float("inf")
        self._answers = 0
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

    def sent(self, count: int, started: float, ended: float, *, answered: bool) -> None:
        """Note a request that ended, in monotonic seconds; only a good answer tells how fast one can be."""
        if answered:
            self._fastest = min(self._fastest, ended - started)
            self._answers += 1
        self._sent.append((count, ended))

    def _leaves(self, ended: float) -> float:
        return ended + _WINDOW - self._way_there_and_back()

    def _way_there_and_back(self) -> float:
        if self._answers < _TRUSTED_AFTER:
            return 0.0
        margin = min(_MOST_MARGIN, max(_LEAST_MARGIN, self._fastest * _MARGIN_SHARE))
        return max(0.0, self._fastest - margin)
