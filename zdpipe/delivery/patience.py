"""How long to wait when Zendesk does not take requests, and when to give up."""

from __future__ import annotations

import math
import random

from zdpipe.clock import Clock
from zdpipe.zendesk.failures import LONGEST_OBEYED, JobSlotsFull, RequestFailure

_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0
# Jobs end every few seconds and free their slots.
_SLOT_WAIT = 2.0
# Long enough for a database failover or a deployment on the other side, short enough for a nightly run.
GIVE_UP_AFTER = 600.0


class Patience:
    """Waits grow from failure to failure; one success resets them.

    Zendesk's own Retry-After is obeyed as given. Without one, waits double with jitter, so that
    several clients do not return at the same moment.
    """

    def __init__(self, clock: Clock, dice: random.Random | None = None) -> None:
        self._clock = clock
        self._dice = dice or random.Random()  # noqa: S311  # spreads retries, guards nothing
        self._failures = 0
        self._since: float | None = None

    def succeeded(self) -> None:
        """Forget what went wrong before."""
        self._failures = 0
        self._since = None

    def wait_after(self, failure: RequestFailure) -> float:
        """Return the seconds to wait, or raise the failure when it has lasted too long.

        Full job slots are other people's work and never a reason to give up or to wait longer and longer:
        who says so is there and answers.
        """
        if isinstance(failure, JobSlotsFull):
            self.succeeded()
            return self._dice.uniform(_SLOT_WAIT / 2, _SLOT_WAIT)
        now = self._clock.monotonic()
        self._since = now if self._since is None else self._since
        if now - self._since > GIVE_UP_AFTER:
            minutes = math.floor((now - self._since) / 60)
            raise type(failure)(f"{failure.message} (and so for {minutes} minutes)", failure.answer)
        if failure.retry_after is not None:
            self._check(failure, failure.retry_after)
            return max(failure.retry_after, _FIRST_WAIT)
        self._failures += 1
        ceiling = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(self._failures, 10))
        return self._dice.uniform(ceiling / 2, ceiling)

    def _check(self, failure: RequestFailure, seconds: float) -> None:
        if seconds <= LONGEST_OBEYED:
            return
        words = f"{failure.message} (Zendesk asks to come back in {math.ceil(seconds / 60)} minutes)"
        raise type(failure)(words, failure.answer)
