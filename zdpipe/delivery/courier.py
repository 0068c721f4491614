"""The loop that sends batches and settles jobs until nothing is left."""

from __future__ import annotations

import math
from datetime import timedelta

from zdpipe.delivery.desk import Desk
from zdpipe.delivery.patience import Patience
from zdpipe.delivery.sendable import split_batch
from zdpipe.delivery.settle import settle_job, settle_refused, settle_skipped
from zdpipe.model.batch import Batch, BatchState
from zdpipe.zendesk.failures import JobSlotsFull, NotTaken, Refused, RequestFailure, Unsure
from zdpipe.zendesk.wire import JobStatus, Mispaired

# Zendesk rate limits page: at most 30 bulk jobs queued or running, shared with everybody on the account.
_MOST_JOBS = 30
_POLL_EVERY = 1.0
_MOST_ATTEMPTS = 5
# A job that Zendesk does not list is asked for again before it counts as forgotten.
_FORGOTTEN_AFTER = 3
# Recorded jobs of 100 users took up to 12 seconds; one that takes this long is not believed any more.
_JOB_DEADLINE = timedelta(minutes=15)
_REST_UNKNOWN = 30.0
_REST_LEAST = 2.0
# These refuse the payload; any other refusal concerns the account or the credentials and stops the run.
_PAYLOAD_STATUSES = frozenset({400, 413, 422})


class Courier:
    """Sends under the limits, polls jobs, lets unsure batches rest; one thread, one request at a time.

    Interrupted may come out of any wait; whatever happened until then is recorded.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clock = desk.clock
        self._patience = Patience(desk.clock)
        self._in_flight = {batch.number: batch for batch in desk.store.load(BatchState.ACCEPTED)}
        self._resting: dict[int, Batch] = {}
        self._missing: dict[int, int] = {}
        self._next_poll = 0.0
        self._hold_until = 0.0
        self.users_sent = 0
        self.sending_seconds = 0.0
        self._first_start: float | None = None

    def deliver(self) -> None:
        """Work until every batch is settled; raises Refused or what outlasted all patience."""
        self._recover()
        while self._desk.store.left():
            self._clock.sleep(0)
            wait = min(self._poll(), self._wake_rested(), self._send())
            self._clock.sleep(wait)

    def settle_in_flight(self) -> None:
        """Bring every batch that may have reached Zendesk to an end, sending nothing new.

        Batches whose answer was lost rest until a lost job would have ended, then count as not sent: what
        they did shows when the same people are sent again.
        """
        self._recover()
        while self._in_flight or self._resting:
            self._clock.sleep(0)
            self._clock.sleep(min(self._poll(), self._wake_rested()))

    def _recover(self) -> None:
        """Take over what an earlier process left behind: a batch still «sending» may have been taken."""
        for batch in self._desk.store.load(BatchState.SENDING):
            self._rest(batch)
        for batch in self._desk.store.load(BatchState.UNSURE):
            self._resting[batch.number] = batch

    def _send(self) -> float:
        """Send the next batch that may leave; return the seconds until asking again makes sense."""
        if len(self._in_flight) >= _MOST_JOBS:
            return math.inf
        held = self._hold_until - self._clock.monotonic()
        if held > 0:
            return held
        batch = self._desk.store.next_ready()
        if batch is None:
            return math.inf
        items, skipped = split_batch(self._desk, batch)
        if not items:
            settle_skipped(self._desk, batch, skipped)
            return 0.0
        wait = self._desk.client.permit_write(len(items))
        if wait > 0:
            return wait
        self._post(batch, [item.payload for item in items])
        return 0.0

    def _post(self, batch: Batch, payloads: list[str]) -> None:
        desk = self._desk
        desk.store.mark_sending(batch, self._clock.now(), desk.client.zendesk_time())
        batch = desk.store.get(batch.number)
        self._measure(len(payloads))
        try:
            job = desk.client.create_or_update_many(payloads)
        except RequestFailure as failure:
            self._not_accepted(batch, failure)
            return
        self._patience.succeeded()
        desk.store.mark_accepted(batch, job.job_id)
        self._in_flight[batch.number] = desk.store.get(batch.number)
        self.users_sent += len(payloads)
        desk.progress.sent(len(payloads))

    def _not_accepted(self, batch: Batch, failure: RequestFailure) -> None:
        store = self._desk.store
        if isinstance(failure, Refused):
            if failure.status in _PAYLOAD_STATUSES:
                settle_refused(self._desk, batch, "refused", failure.message)
                return
            store.mark_ready(batch)
            raise failure
        if isinstance(failure, NotTaken):
            store.mark_ready(batch)
        else:
            self._rest(batch)
        why = "Zendesk's job slots are taken" if isinstance(failure, JobSlotsFull) else failure.message
        self._hold(self._patience.wait_after(failure), why)

    def _hold(self, seconds: float, why: str) -> None:
        self._hold_until = self._clock.monotonic() + seconds
        self._desk.progress.waiting(why, seconds)

    def _poll(self) -> float:
        """Ask for all jobs in flight when it is time to; return the seconds until the next poll."""
        if not self._in_flight:
            return math.inf
        due = self._next_poll - self._clock.monotonic()
        if due > 0:
            return due
        wait = self._desk.client.permit_read()
        if wait > 0:
            return wait
        try:
            jobs = self._desk.client.jobs([str(batch.job_id) for batch in self._in_flight.values()])
        except (NotTaken, Unsure) as failure:
            self._next_poll = self._clock.monotonic() + self._patience.wait_after(failure)
            return self._next_poll - self._clock.monotonic()
        self._next_poll = self._clock.monotonic() + _POLL_EVERY
        self._read_jobs({job.job_id: job for job in jobs})
        return _POLL_EVERY

    def _read_jobs(self, jobs: dict[str, JobStatus]) -> None:
        for batch in list(self._in_flight.values()):
            job = jobs.get(str(batch.job_id))
            if job is None:
                self._job_missing(batch)
            elif job.is_completed and job.results is not None:
                self._completed(batch, job)
            elif job.is_dead:
                self._job_died(batch, job)
            elif batch.sent_at is not None and self._clock.now() - batch.sent_at > _JOB_DEADLINE:
                self._rest(batch)

    def _completed(self, batch: Batch, job: JobStatus) -> None:
        try:
            settle_job(self._desk, batch, job.results or ())
        except Mispaired as error:
            self._again_or_give_up(batch, "unconfirmed", f"{error}; job {job.job_id}")
            return
        except (NotTaken, Unsure) as failure:
            # Only the look-up of created users can fail here: the job's results stay where they are.
            self._next_poll = self._clock.monotonic() + self._patience.wait_after(failure)
            return
        self._forget(batch)

    def _job_missing(self, batch: Batch) -> None:
        seen = self._missing.get(batch.number, 0) + 1
        self._missing[batch.number] = seen
        if seen >= _FORGOTTEN_AFTER:
            self._rest(batch)

    def _job_died(self, batch: Batch, job: JobStatus) -> None:
        words = job.message or "no reason given"
        if batch.attempts >= _MOST_ATTEMPTS:
            settle_refused(self._desk, batch, "job_failed", f"job {job.job_id} {job.status}: {words}")
        else:
            self._desk.store.mark_ready(batch)
            self._hold(2.0**batch.attempts, f"Zendesk's job {job.status}: {words}")
        self._forget(batch)

    def _again_or_give_up(self, batch: Batch, reason: str, details: str) -> None:
        if batch.attempts >= _MOST_ATTEMPTS:
            settle_refused(self._desk, batch, reason, details)
            self._forget(batch)
        else:
            self._rest(batch)

    def _rest(self, batch: Batch) -> None:
        """Leave a batch alone whose fate is unknown, until a lost job of it would have ended."""
        self._desk.store.mark_unsure(batch)
        self._forget(batch)
        self._resting[batch.number] = self._desk.store.get(batch.number)

    def _forget(self, batch: Batch) -> None:
        self._in_flight.pop(batch.number, None)
        self._missing.pop(batch.number, None)

    def _wake_rested(self) -> float:
        """Make rested batches ready again; return the seconds until the next one wakes."""
        if not self._resting:
            return math.inf
        slowest = self._desk.store.slowest_job()
        rest = _REST_UNKNOWN if slowest is None else max(_REST_LEAST, 2 * slowest)
        waits = []
        for batch in list(self._resting.values()):
            rested = (self._clock.now() - batch.sent_at).total_seconds() if batch.sent_at else math.inf
            if rested >= rest:
                self._desk.store.mark_ready(batch)
                del self._resting[batch.number]
            else:
                waits.append(rest - rested)
        return min(waits, default=0.0)

    def _measure(self, users: int) -> None:
        """Count the seconds of sending: from the first request's start to the end of the last one's share."""
        now = self._clock.monotonic()
        if self._first_start is None:
            self._first_start = now
        self.sending_seconds = now - self._first_start + users / max(1, self._desk.users_per_second)
