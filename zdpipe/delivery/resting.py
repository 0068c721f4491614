"""Batches whose answer was lost, left alone until a lost job of theirs would have ended."""

from __future__ import annotations

import math
from collections.abc import Callable

from zdpipe.delivery.desk import Desk
from zdpipe.delivery.patience import Patience
from zdpipe.delivery.readings import MoreToRead
from zdpipe.model.batch import Batch, BatchState
from zdpipe.zendesk.failures import NotTaken, Unsure

# Recorded jobs of 100 users took up to 12 seconds; this is for accounts of which we saw none yet.
_REST_UNKNOWN = 30.0
_REST_LEAST = 2.0
_REST_MOST = 600.0
# A request that was on its way when its process ended can have arrived no later than it would have timed out.
LONGEST_REQUEST = 70.0


def rest_after(slowest: float | None) -> float:
    """Return for how many seconds nothing is sent after an answer was lost, by the slowest job seen."""
    return _REST_UNKNOWN if slowest is None else min(_REST_MOST, max(_REST_LEAST, 2 * slowest))


class Resting:
    """The unsure batches of a run; nothing for their people leaves before they have rested."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._patience = Patience(desk.clock)
        self._since: dict[tuple[int, int], float] = {}
        self._not_before = desk.clock.monotonic()

    def __bool__(self) -> bool:
        return bool(self._since)

    def recover(self) -> None:
        """Take over what an earlier process left behind: a batch still «sending» may have been taken."""
        store = self._desk.store
        for batch in store.load(BatchState.SENDING):
            store.mark_unsure(batch)
        for batch in store.load(BatchState.UNSURE):
            self._begin(batch, self._rested_before(batch))

    def look_back(self) -> None:
        """Ask about batches, too, that were to be sent again: an earlier sending may have arrived."""
        for batch in self._desk.store.sent_before():
            self._begin(batch, self._rested_before(batch))

    def take(self, batch: Batch, why: str) -> None:
        """Let a batch rest from now on."""
        self._desk.store.mark_unsure(batch)
        self._begin(batch, 0.0)
        self._desk.progress.waiting(why, self._rest())

    def wake(self, settled: Callable[[Batch], bool]) -> float:
        """Make rested batches ready again, but those that `settled` brings to an end by asking the account.

        Returns the seconds until the next one wakes, 0 when one did.
        """
        if not self._since:
            return math.inf
        now, rest = self._desk.clock.monotonic(), self._rest()
        rested = [key for key, since in self._since.items() if since + rest <= now]
        if rested and now >= self._not_before:
            return self._wake_one(rested[0], settled)
        return max(min(self._since.values()) + rest, self._not_before) - now

    def _wake_one(self, key: tuple[int, int], settled: Callable[[Batch], bool]) -> float:
        batch = self._desk.store.get(*key)
        try:
            if not settled(batch) and batch.state is not BatchState.READY:
                self._desk.store.mark_ready(batch)
        except MoreToRead:
            # Sending and polling come in between.
            self._patience.succeeded()
            return 0.0
        except (NotTaken, Unsure) as failure:
            # Asking later loses nothing.
            seconds = self._patience.wait_after(failure)
            self._not_before = self._desk.clock.monotonic() + seconds
            self._desk.progress.waiting(failure.message, seconds)
            return seconds
        self._patience.succeeded()
        del self._since[key]
        return 0.0

    def _begin(self, batch: Batch, rested: float) -> None:
        self._since[batch.key] = self._desk.clock.monotonic() - rested

    def _rest(self) -> float:
        return rest_after(self._desk.store.slowest_job())

    def _rested_before(self, batch: Batch) -> float:
        if batch.sent_at is None:
            return 0.0
        since = (self._desk.clock.now() - batch.sent_at).total_seconds()
        return max(0.0, since - LONGEST_REQUEST)
