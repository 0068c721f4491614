"""One job, watched until it has ended."""

from __future__ import annotations

from zdpipe.clock import Clock
from zdpipe.delivery.jobs import ALIVE, LOST_AFTER, POLL_EVERY, STRANGE_FOR, STUCK_AFTER
from zdpipe.delivery.patience import Patience
from zdpipe.model.progress import Progress
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.failures import NotTaken, Unsure
from zdpipe.zendesk.wire import JobStatus


class Lost(Exception):
    """Raised when nobody will tell any more what a job did."""


class JobWatch:
    """Polls one job at a time under the limits; an account that is down is waited for."""

    def __init__(self, client: ZendeskClient, clock: Clock, progress: Progress) -> None:
        self._client = client
        self._clock = clock
        self._progress = progress
        self._patience = Patience(clock)
        self._begun: dict[str, float] = {}

    def begin(self, job_id: str) -> None:
        """Note that a job was accepted just now."""
        self._begun[job_id] = self._clock.monotonic()

    def wait_for(self, job_id: str) -> tuple[JobStatus | None, float | None]:
        """Return a job once it is completed, None where it died, and its seconds if it was seen to begin.

        Raises Lost, or what outlasted all patience.
        """
        watched_since = self._clock.monotonic()
        unanswered = 0
        while unanswered < LOST_AFTER:
            self._clock.sleep(POLL_EVERY)
            job = self._ask(job_id)
            if job is None or (job.is_completed and job.results is None):
                unanswered += 1
            elif job.is_completed:
                began = self._begun.get(job_id)
                return job, None if began is None else self._clock.monotonic() - began
            elif job.is_dead:
                return None, None
            else:
                unanswered = 0
                self._lose_patience(job, self._clock.monotonic() - watched_since)
        raise Lost(f"Zendesk tells no results of job {job_id}")

    def _ask(self, job_id: str) -> JobStatus | None:
        while True:
            while wait := self._client.permit_read():
                self._clock.sleep(wait)
            try:
                jobs = self._client.jobs([job_id])
            except (NotTaken, Unsure) as failure:
                # Jobs and their results stay where they are, so asking later loses nothing.
                seconds = self._patience.wait_after(failure)
                self._progress.waiting(failure.message, seconds)
                self._clock.sleep(seconds)
            else:
                self._patience.succeeded()
                return next((job for job in jobs if job.job_id == job_id), None)

    def _lose_patience(self, job: JobStatus, seconds: float) -> None:
        longest = STUCK_AFTER if job.status in ALIVE else STRANGE_FOR
        if seconds >= longest:
            raise Lost(f"job {job.job_id} is {job.status!r} since {seconds / 60:.0f} minutes")
