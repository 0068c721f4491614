"""Jobs: accepted with a time to be done by, run by whichever request comes after it, shown by the clock.

Nothing runs in the background: a killed process loses no job, and several processes see the same progress.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from dataclasses import dataclass, replace
from typing import Any

from zdpipe.simulator.effects import FailItems, JobFate
from zdpipe.simulator.endings import RESULT_OF, end_job, failing_as_json
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.times import spelled_out
from zdpipe.simulator.users import Writing, open_writing

KEPT_SECONDS = 86_400  # "one day after creation" (Zendesk Job Statuses API)
KEPT_JOBS = 100  # the last hundred, as users of the API report
SLACK_SECONDS = 60  # longer than a request, stamped on arrival, may wait for its turn
QUEUED_SHARE = 0.2  # of a job's time it waits, the rest it works
STUCK_SECONDS = 3600  # after which a stuck job gives its slot back
COLUMNS = "id, action, accepted, due, total, fate, status, message, results"
IN_A_SLOT = f"status IS NULL AND (fate IS NOT 'stuck' OR accepted > ? - {STUCK_SECONDS})"


@dataclass(frozen=True, slots=True)
class Job:
    """A stored job: `fate` None if none awaits it; `status`, `message` and `results` None until it ends."""

    id: str
    action: str
    accepted: float
    due: float
    total: int
    fate: str | None = None
    status: str | None = None
    message: str | None = None
    results: list[dict[str, Any]] | None = None


def run_due_jobs(db: sqlite3.Connection, now: float, settings: Settings) -> None:
    """Apply the users of every job whose time is up, in the order of acceptance, as of their due time.

    A job from the future was accepted before the clock was set back; it would wait for that time to return,
    so it is done at once. A stuck job never runs.
    """
    due = db.execute(
        "SELECT seq, payload, action, fate, failing, min(due, :now) FROM jobs WHERE status IS NULL"
        " AND fate IS NOT 'stuck' AND (due <= :now OR accepted > :now + :slack) ORDER BY due, seq",
        {"now": now, "slack": SLACK_SECONDS},
    ).fetchall()
    for seq, payload, action, fate, failing, at in due:
        items = json.loads(payload)
        writing = open_writing(db, items, settings, at)
        ending = end_job(writing, items, action, fate, failing)
        writing.people.save()
        if fate == "forgotten":
            db.execute("DELETE FROM jobs WHERE seq = ?", (seq,))
        results = None if ending.results is None else json.dumps(ending.results)
        db.execute(
            "UPDATE jobs SET status = ?, message = ?, results = ?, payload = NULL, due = ? WHERE seq = ?",
            (ending.status, ending.message, results, at, seq),
        )
        count_written(db, writing, ending.statuses)


def accept_job(
    db: sqlite3.Connection,
    users: list[Any],
    now: float,
    settings: Settings,
    action: str = "create_or_update_many",
    fault: JobFate | FailItems | None = None,
) -> Job:
    """Queue a job of users. It ends no earlier than those before it, so jobs apply in the order of
    acceptance.
    """
    last = db.execute("SELECT max(due) FROM jobs WHERE status IS NULL AND fate IS NOT 'stuck'").fetchone()[0]
    due = max(now + settings.job_seconds, last or 0.0)
    fate = fault.fate if isinstance(fault, JobFate) else None
    failing = failing_as_json(fault) if isinstance(fault, FailItems) else None
    job = Job(f"V3-{uuid.uuid4().hex}", action, now, due, len(users), fate)
    cursor = db.execute(
        "INSERT INTO jobs (id, action, accepted, due, total, payload, fate, failing)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (job.id, action, now, due, job.total, json.dumps(users), fate, failing),
    )
    _forget_old_jobs(db, cursor.lastrowid or 0, now)
    db.execute("UPDATE tally SET jobs = jobs + 1")
    return job


def unfinished_jobs(db: sqlite3.Connection, now: float) -> list[str]:
    """Return the ids of the jobs that are queued or working and hold a slot, oldest first."""
    return [row[0] for row in db.execute(f"SELECT id FROM jobs WHERE {IN_A_SLOT} ORDER BY due, seq", (now,))]


def find_jobs(db: sqlite3.Connection, ids: list[str], now: float) -> list[Job]:
    """Return those of the jobs that are still known, in the order asked for."""
    marks = ",".join("?" * len(ids))
    rows = db.execute(
        f"SELECT {COLUMNS} FROM jobs WHERE id IN ({marks}) AND accepted > ?", (*ids, now - KEPT_SECONDS)
    )
    found = {row[0]: _job(row) for row in rows}
    return [found[i] for i in dict.fromkeys(ids) if i in found]


def recent_jobs(db: sqlite3.Connection, now: float) -> list[Job]:
    """Return all jobs that are still known, newest first."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM jobs WHERE accepted > ? ORDER BY seq DESC", (now - KEPT_SECONDS,)
    )
    return [_job(row) for row in rows]


def job_object(job: Job, now: float, origin: str) -> dict[str, Any]:
    """Return the job_status object of a job as it stands now."""
    status, progress, message = _progress(job, now)
    return {
        "id": job.id,
        "job_type": RESULT_OF[job.action].job_type,
        "url": f"{origin}/api/v2/job_statuses/{job.id}.json",
        "total": job.total,
        "progress": progress,
        "status": status,
        "message": message,
        "results": job.results,
    }


def count_written(db: sqlite3.Connection, writing: Writing, statuses: list[str]) -> None:
    """Add what a write did to the account's tally."""
    db.execute(
        "UPDATE tally SET users_created = users_created + ?, users_updated = users_updated + ?,"
        " users_failed = users_failed + ?, verification_mails = verification_mails + ?",
        (statuses.count("Created"), statuses.count("Updated"), statuses.count("Failed"), writing.mails),
    )


def _progress(job: Job, now: float) -> tuple[str, int | None, str | None]:
    if job.status is not None:
        done = job.total if job.status == "completed" else job.total // 2
        return job.status, done, job.message or f"Completed at {spelled_out(job.due)}"
    share = (now - job.accepted) / (job.due - job.accepted) if job.due > job.accepted else 0.0
    if job.fate == "stuck":
        share = min(share if job.due > job.accepted else 1.0, 0.6)
    if job.fate == "odd_status" and share < 0.5:
        return "abracadabra", None, None
    if share < QUEUED_SHARE:
        return "queued", None, None
    done = min(job.total, int(job.total * (share - QUEUED_SHARE) / (1 - QUEUED_SHARE)))
    return "working", done, f"Creating User #{done}"


def _job(row: tuple[Any, ...]) -> Job:
    return replace(Job(*row), results=None if row[-1] is None else json.loads(row[-1]))


def _forget_old_jobs(db: sqlite3.Connection, newest: int, now: float) -> None:
    db.execute(
        "DELETE FROM jobs WHERE (status IS NOT NULL AND seq <= ?) OR accepted <= ?"
        " AND (status IS NOT NULL OR fate IS 'stuck')",
        (newest - KEPT_JOBS, now - KEPT_SECONDS),
    )
