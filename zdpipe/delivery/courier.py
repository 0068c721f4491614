"""The loop that sends batches and settles jobs until nothing is left."""

from __future__ import annotations

import math
from datetime import timedelta

from zdpipe.delivery.desk import Desk
from zdpipe.delivery.hold import Hold
from zdpipe.delivery.jobs import MOST_JOBS_A_BATCH, POLL_EVERY, JobsInFlight
from zdpipe.delivery.meter import Meter
from zdpipe.delivery.patience import Patience
from zdpipe.delivery.refusals import Refusals
from zdpipe.delivery.resting import Resting
from zdpipe.delivery.sendable import split_batch
from zdpipe.delivery.settle import close_by_reading, settle_by_reading, settle_skipped
from zdpipe.delivery.window import MOST_JOBS, Window
from zdpipe.errors import Interrupted, ProjectError, StateError
from zdpipe.model.batch import Batch, OutboxItem, batch_size
from zdpipe.model.progress import LIMITS
from zdpipe.state.batches import EVERY_BATCH
from zdpipe.zendesk.client import LONG_WAIT
from zdpipe.zendesk.failures import JobSlotsFull, NotTaken, Refused, RequestFailure

# Seconds before it may leave a batch is written down as sending, so that the disk costs no pace.
_LEAD = 0.05
# Less than this many seconds may be lost in the rounding of a clock that has run for long.
_TICK = 1e-6


class Courier:
    """Sends under the limits, polls jobs, lets unsure batches rest; one thread, one request at a time.

    Interrupted may come out of any wait; whatever happened until then is recorded.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clock = desk.clock
        self._patience = Patience(desk.clock)
        self._hold = Hold(desk.clock, desk.progress)
        self._resting = Resting(desk)
        self._window = Window(desk.users_per_second, batch_size(desk.users_per_second))
        self._jobs = JobsInFlight(desk, self._resting, self._hold, self._window)
        self._refusals = Refusals(desk)
        self._up_to = EVERY_BATCH
        self.meter = Meter(desk.client, desk.clock)
        self.users_sent = 0

    def deliver(self, up_to: int = EVERY_BATCH) -> None:
        """Work until every batch is settled, or those up to a number and no other leaves before.

        Raises Refused or what outlasted all patience.
        """
        self._up_to = up_to
        self._resting.recover()
        self._check_size()
        while self._desk.store.any_left(up_to):
            self._clock.sleep(0)
            # Sending comes first: a poll that fell due together with it would delay every request.
            self._wait(self._send(), self._jobs.poll(), self._resting.wake(self._settle_lost_job))

    def settle_in_flight(self, *, for_good: bool) -> None:
        """Bring every batch that may have reached Zendesk to an end, sending nothing new.

        Batches whose answer was lost rest until a lost job would have ended, and are settled by reading the
        users. Where the account shows nothing of them they count as not sent. `for_good`, when the run will
        never be resumed, so are those that were to be sent again.
        """
        self._resting.recover()
        self._settle_all()
        if for_good:
            # Jobs that died just now may have written some of their users, too.
            self._resting.look_back()
            self._settle_all()

    def _settle_all(self) -> None:
        while self._jobs or self._resting:
            self._clock.sleep(0)
            self._wait(self._jobs.poll(), self._resting.wake(self._close_unsent))

    def _settle_lost_job(self, batch: Batch) -> bool:
        """Ask the account what a job did whose results are lost; a lost answer is cheaper to send again."""
        if batch.job_id is None:
            return False
        if batch.times_accepted >= MOST_JOBS_A_BATCH:
            return close_by_reading(self._desk, batch, at_all_costs=True)
        return settle_by_reading(self._desk, batch)

    def _close_unsent(self, batch: Batch) -> bool:
        return close_by_reading(self._desk, batch)

    def _check_size(self) -> None:
        size, limit = self._desk.store.largest_left(), self._desk.users_per_second
        if size > limit:
            raise ProjectError(
                f"This run was planned in batches of {size} users, and users_per_second is {limit} now.",
                f"Set users_per_second to {size} or more, or plan anew with `zdpipe run`.",
                code="batch_size",
            )

    def _wait(self, *seconds: float) -> None:
        """Sleep until the first of these moments, none of which may ever come once all is settled."""
        shortest = min(seconds)
        if not math.isinf(shortest):
            self._clock.sleep(shortest)
        elif self._desk.store.any_left(self._up_to):
            raise StateError("Batches are left that nothing can move.", "Please report this.", code="stuck")

    def _send(self) -> float:
        """Send the next batch that may leave; return the seconds until asking again makes sense."""
        if not self._window.has_room(self._jobs.ages(), self._jobs.users()):
            return math.inf
        held = self._hold.left()
        if held > 0:
            return held
        batch = self._desk.store.next_ready(self._up_to)
        if batch is None:
            return math.inf
        items, skipped = split_batch(self._desk, batch)
        if not items:
            settle_skipped(self._desk, batch, skipped)
            return 0.0
        wait = self._desk.client.permit_write(len(items))
        if wait > _LEAD:
            if wait >= LONG_WAIT:
                self._desk.progress.waiting(LIMITS, wait)
            return max(wait - _LEAD, _TICK)
        batch = self._mark_sending(batch, len(items), wait)
        wait = self._wait_for_permit(batch, len(items), wait)
        if wait == 0:
            self._post(batch, items)
        return wait

    def _mark_sending(self, batch: Batch, users: int, wait: float) -> Batch:
        desk = self._desk
        self.meter.sends(users, desk.users_per_second, wait)
        desk.readings.forget(batch.key)
        leaving = self._clock.now() + timedelta(seconds=wait)
        desk.store.mark_sending(batch, leaving, desk.client.zendesk_time(), self.meter.news())
        return desk.store.get(*batch.key)

    def _wait_for_permit(self, batch: Batch, users: int, wait: float) -> float:
        """Wait for the permit of a batch marked as sending, and return 0.

        When it takes longer than it seemed, or somebody stops here, the batch is ready again: it did not
        leave. Then the seconds to wait are returned.
        """
        try:
            while 0 < wait <= _LEAD:
                self._clock.sleep(max(wait, _TICK))
                wait = self._desk.client.permit_write(users)
        except Interrupted:
            self._desk.store.mark_ready(batch)
            raise
        if wait > 0:
            self._desk.store.mark_ready(batch)
        return wait

    def _post(self, batch: Batch, items: list[OutboxItem]) -> None:
        desk, payloads = self._desk, [item.payload for item in items]
        try:
            job = desk.client.create_or_update_many(payloads)
        except RequestFailure as failure:
            self._not_accepted(batch, items, failure)
            return
        desk.store.mark_accepted(batch, job.job_id)
        self._jobs.add(desk.store.get(*batch.key))
        self._window.taken()
        self._refusals.accepted()
        self._patience.succeeded()
        self.users_sent += len(payloads)
        desk.progress.sent(len(payloads))
        if desk.client.slots == 0 and len(self._jobs) < MOST_JOBS:
            self._hold.begin(POLL_EVERY, "Zendesk's job slots are taken")

    def _not_accepted(self, batch: Batch, items: list[OutboxItem], failure: RequestFailure) -> None:
        store = self._desk.store
        if isinstance(failure, Refused):
            self._refusals.take(batch, items, failure)
            return
        why = failure.message
        if isinstance(failure, JobSlotsFull):
            why = "Zendesk's job slots are taken"
            self._window.full(len(self._jobs))
        if isinstance(failure, NotTaken):
            store.mark_ready(batch)
        else:
            self._resting.take(batch, why)
        self._hold.begin(self._patience.wait_after(failure), why)
