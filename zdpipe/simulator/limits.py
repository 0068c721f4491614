"""The account's limits, and the headers and refusals that tell of them.

Sources: Zendesk rate limits page (headers, TooManyJobs); Users API (Create Or Update User); recorded traffic
(the plain text of a refusal). The limit on users per second is this simulator's own: Zendesk documents none.
"""

from __future__ import annotations

import math
import sqlite3

from zdpipe.simulator.jobs import unfinished_jobs
from zdpipe.simulator.messages import Response, json_response, text_response
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.tenants import tenant_jobs

SINGLES_PER_MINUTE = 5
SINGLE_TEXT = (
    "You have exceeded the rate limit for updating a single unique user. Please wait before trying again."
)


def spend_request(db: sqlite3.Connection, now: float, settings: Settings) -> tuple[bool, dict[str, str]]:
    """Count a request in its clock minute; return whether it was one of those allowed, and the headers to
    answer.
    """
    minute = int(now // 60)
    counted, spent = db.execute("SELECT minute, requests_in_minute FROM tally").fetchone()
    spent = spent + 1 if counted == minute else 1
    db.execute("UPDATE tally SET minute = ?, requests_in_minute = ?", (minute, spent))
    limit, remaining = str(settings.requests_per_minute), str(max(0, settings.requests_per_minute - spent))
    headers = {
        "X-Rate-Limit": limit,
        "X-Rate-Limit-Remaining": remaining,
        "ratelimit-limit": limit,
        "ratelimit-remaining": remaining,
        "ratelimit-reset": str(_seconds((minute + 1) * 60 - now)),
    }
    return spent <= settings.requests_per_minute, headers


def too_many_requests(headers: dict[str, str]) -> Response:
    """Return the refusal of a request over the account's limit, which ends with the minute."""
    retry = {"Retry-After": headers["ratelimit-reset"]}
    return text_response(429, "Number of allowed API requests per minute exceeded", retry)


def users_refused(db: sqlite3.Connection, count: int, now: float, settings: Settings) -> Response | None:
    """Refuse users who would make more than the limit in the second that ends now, those accepted before
    included.
    """
    recent = db.execute(
        "SELECT at, users FROM arrivals WHERE at > ? AND at < ? AND accepted ORDER BY at DESC",
        (now - 1, now + 1),  # a clock may have been set back
    ).fetchall()
    room, wait = settings.users_per_second - count, 1.0
    for at, users in recent:
        room -= users
        if room < 0:
            wait = at + 1 - now
            break
    if room >= 0:
        return None
    return text_response(
        429, "Number of allowed users per second exceeded", {"Retry-After": str(_seconds(wait))}
    )


def jobs_refused(db: sqlite3.Connection, now: float, settings: Settings) -> Response | None:
    """Refuse a job while all slots are taken; the page names no status, 429 is what clients report."""
    running = jobs_in_slots(db, now)
    if len(running) < settings.jobs_in_flight:
        return None
    body = {
        "error": "TooManyJobs",
        "description": "Too many UserBulkUpdateJobV2 jobs are currently queued or running. Try again later.",
        "current_job_ids": running,
    }
    return json_response(429, body)


def jobs_in_slots(db: sqlite3.Connection, now: float) -> list[str]:
    """Return the ids of all jobs that hold a slot, those of other programs included."""
    return unfinished_jobs(db, now) + tenant_jobs(db, now)


def inflight_header(db: sqlite3.Connection, now: float, settings: Settings) -> dict[str, str]:
    """Return the header that tells how many job slots are free."""
    free = max(0, settings.jobs_in_flight - len(jobs_in_slots(db, now)))
    return {
        "zendesk-ratelimit-inflight-jobs": f"total={settings.jobs_in_flight}; remaining={free}; resets=60"
    }


def single_refused(db: sqlite3.Connection, user_id: int | None, now: float) -> Response | None:
    """Refuse a create_or_update within a second of another, or a sixth for one user within a minute."""
    # A clock may have been set back: what lies ahead of it never happened.
    db.execute("DELETE FROM single_writes WHERE at <= ? OR at > ?", (now - 60, now + 1))
    last = db.execute("SELECT max(at) FROM single_writes").fetchone()[0]
    if last is not None and last > now - 1:
        return _single_refusal(last + 1 - now, single_header(db, user_id, now))
    times = _single_times(db, user_id)
    if len(times) >= SINGLES_PER_MINUTE:
        return _single_refusal(times[0] + 60 - now, single_header(db, user_id, now))
    return None


def count_single(db: sqlite3.Connection, user_id: int | None, now: float) -> None:
    """Remember an accepted create_or_update."""
    db.execute("INSERT INTO single_writes VALUES (?, ?)", (now, user_id))


def single_header(db: sqlite3.Connection, user_id: int | None, now: float) -> dict[str, str]:
    """Return the header of the endpoint's own limit, as it stands for one user."""
    times = _single_times(db, user_id)
    remaining = max(0, SINGLES_PER_MINUTE - len(times))
    resets = _seconds(times[0] + 60 - now) if times else 60
    text = f"total={SINGLES_PER_MINUTE}; remaining={remaining}; resets={resets}"
    return {"Zendesk-RateLimit-create-update-user": text}


def _single_times(db: sqlite3.Connection, user_id: int | None) -> list[float]:
    return [
        row[0] for row in db.execute("SELECT at FROM single_writes WHERE user_id = ? ORDER BY at", (user_id,))
    ]


def _single_refusal(wait: float, headers: dict[str, str]) -> Response:
    return text_response(429, SINGLE_TEXT, {"Retry-After": str(_seconds(wait)), **headers})


def _seconds(wait: float) -> int:
    return max(1, math.ceil(wait))
