"""The jobs in flight: asked for together, settled one by one."""

from __future__ import annotations

import math

from zdpipe.delivery.desk import Desk
from zdpipe.delivery.hold import Hold
from zdpipe.delivery.patience import Patience
from zdpipe.delivery.resting import Resting
from zdpipe.delivery.settle import settle_failed, settle_job
from zdpipe.delivery.window import Window
from zdpipe.model.batch import Batch, BatchState
from zdpipe.model.reasons import Failure
from zdpipe.zendesk.failures import NotTaken, Unsure
from zdpipe.zendesk.wire import JobStatus, Mispaired

# Seconds from poll to poll: this much, or a share of the youngest job's age where that is longer.
POLL_EVERY = 1.0
_SHARE_OF_AGE = 0.2
_POLL_AT_LEAST_EVERY = 30.0
# After so many jobs that brought no results, the account itself is asked and what it shows is the end of it.
MOST_JOBS_A_BATCH = 5
# A job that Zendesk does not list, or lists without results, is asked for again before it counts as lost.
LOST_AFTER = 3
# States nobody documented are waited for this long, in seconds.
STRANGE_FOR = 900.0
# Recorded jobs took seconds. What is queued or at work for so long is looked behind.
STUCK_AFTER = 3_600.0
ALIVE = frozenset({"queued", "working"})


class JobsInFlight:
    """Batches that Zendesk accepted and has not finished, as far as we know."""

    def __init__(self, desk: Desk, resting: Resting, hold: Hold, window: Window) -> None:
        self._desk = desk
        self._clock = desk.clock
        self._resting = resting
        self._hold = hold
        self._window = window
        self._patience = Patience(desk.clock)
        self._batches = {batch.key: batch for batch in desk.store.load(BatchState.ACCEPTED)}
        self._accepted_at: dict[tuple[int, int], float] = {}
        self._unanswered: dict[tuple[int, int], int] = {}
        self._strange_since: dict[tuple[int, int], float] = {}
        self._began = self._next_poll = desk.clock.monotonic()

    def __len__(self) -> int:
        return len(self._batches)

    def ages(self) -> list[float]:
        """Return for how many seconds each job has been watched."""
        now = self._clock.monotonic()
        return [now - self._watched_since(key) for key in self._batches]

    def users(self) -> int:
        """Return how many users are in the jobs."""
        return sum(batch.users for batch in self._batches.values())

    def add(self, batch: Batch) -> None:
        """Watch a batch that was accepted just now."""
        self._batches[batch.key] = batch
        self._accepted_at[batch.key] = self._clock.monotonic()

    def poll(self) -> float:
        """Ask for all jobs when it is time to; return the seconds until something may be new."""
        if not self._batches:
            return math.inf
        due = self._next_poll - self._clock.monotonic()
        if due > 0:
            return due
        wait = self._desk.client.permit_read()
        if wait > 0:
            return wait
        watched = len(self._batches)
        self._ask()
        return self._next_poll - self._clock.monotonic() if len(self._batches) == watched else 0.0

    def _pause(self) -> float:
        """Return the seconds until the next poll: jobs that take long are asked about less often."""
        return min(_POLL_AT_LEAST_EVERY, max(POLL_EVERY, min(self.ages()) * _SHARE_OF_AGE))

    def _ask(self) -> None:
        self._next_poll = self._clock.monotonic() + self._pause()
        try:
            jobs = self._desk.client.jobs([str(batch.job_id) for batch in self._batches.values()])
            by_id = {job.job_id: job for job in jobs}
            for batch in list(self._batches.values()):
                self._read(batch, by_id.get(str(batch.job_id)))
        except (NotTaken, Unsure) as failure:
            # Jobs and their results stay where they are, so asking later loses nothing.
            seconds = self._patience.wait_after(failure)
            self._next_poll = self._clock.monotonic() + seconds
            self._desk.progress.waiting(failure.message, seconds)
        else:
            self._patience.succeeded()

    def _read(self, batch: Batch, job: JobStatus | None) -> None:
        if job is None or (job.is_completed and job.results is None):
            self._no_answer(batch)
        elif job.is_completed:
            self._completed(batch, job)
        elif job.is_dead:
            self._died(batch, job)
        elif job.status not in ALIVE:
            self._strange(batch, job)
        else:
            self._at_work(batch, job)

    def _completed(self, batch: Batch, job: JobStatus) -> None:
        accepted_at = self._accepted_at.get(batch.key)
        seconds = None if accepted_at is None else self._clock.monotonic() - accepted_at
        try:
            settle_job(self._desk, batch, job.results or (), seconds)
        except Mispaired as error:
            self._lost(batch, f"{error}; job {job.job_id}")
        else:
            if seconds is not None:
                self._window.ended(seconds)
            self._forget(batch)

    def _no_answer(self, batch: Batch) -> None:
        asked = self._unanswered.get(batch.key, 0) + 1
        self._unanswered[batch.key] = asked
        if asked >= LOST_AFTER:
            self._lost(batch, f"Zendesk tells no results of job {batch.job_id}")

    def _strange(self, batch: Batch, job: JobStatus) -> None:
        now = self._clock.monotonic()
        if now - self._strange_since.setdefault(batch.key, now) >= STRANGE_FOR:
            self._lost(batch, f"job {job.job_id} stays {job.status!r}")

    def _at_work(self, batch: Batch, job: JobStatus) -> None:
        self._unanswered.pop(batch.key, None)
        if self._clock.monotonic() - self._watched_since(batch.key) >= STUCK_AFTER:
            self._lost(batch, f"job {job.job_id} is {job.status} since {STUCK_AFTER / 60:.0f} minutes")

    def _watched_since(self, key: tuple[int, int]) -> float:
        return self._accepted_at.get(key, self._began)

    def _died(self, batch: Batch, job: JobStatus) -> None:
        words = job.message or "no reason given"
        if batch.times_accepted >= MOST_JOBS_A_BATCH:
            settle_failed(self._desk, batch, Failure.JOB_FAILED, f"job {job.job_id} {job.status}: {words}")
        else:
            self._desk.store.mark_ready(batch)
            self._hold.begin(2.0**batch.times_accepted, f"Zendesk's job {job.status}: {words}")
        self._forget(batch)

    def _lost(self, batch: Batch, why: str) -> None:
        self._resting.take(batch, why)
        self._forget(batch)

    def _forget(self, batch: Batch) -> None:
        del self._batches[batch.key]
        for notes in (self._accepted_at, self._unanswered, self._strange_since):
            notes.pop(batch.key, None)
