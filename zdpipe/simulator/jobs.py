"""Jobs: accepted with a time to be done by, run by whichever request comes after it, shown by the clock.

Nothing runs in the background: a killed process loses no job, and several processes see the same progress.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from dataclasses import dataclass
from typing import Any

from zdpipe.simulator.settings import Settings
from zdpipe.simulator.times import spelled_out
from zdpipe.simulator.users import Writing, Written, open_writing, write_user

KEPT_SECONDS = 86_400  # "one day after creation" (Zendesk Job Statuses API)
KEPT_JOBS = 100  # the last hundred, as users of the API report
SLACK_SECONDS = 60  # longer than a request, stamped on arrival, may wait for its turn
QUEUED_SHARE = 0.2  # of a job's time it waits, the rest it works


@dataclass(frozen=True, slots=True)
class Job:
    """A stored job; `results` is None until it has run."""

    id: str
    accepted: float
    due: float
    total: int
    results: list[dict[str, Any]] | None


def run_due_jobs(db: sqlite3.Connection, now: float, settings: Settings) -> None:
    """Apply the users of every job whose time is up, in the order of acceptance, as of their due time.

    A job from the future was accepted before the clock was set back; it would wait for that time to return,
    so it is done at once.
    """
    due = db.execute(
        "SELECT seq, payload, min(due, :now) FROM jobs"
        " WHERE results IS NULL AND (due <= :now OR accepted > :now + :slack) ORDER BY due, seq",
        {"now": now, "slack": SLACK_SECONDS},
    ).fetchall()
    for seq, payload, at in due:
        items = json.loads(payload)
        writing = open_writing(db, items, settings, at)
        results = [_result(n, write_user(writing, item)) for n, item in enumerate(items)]
        writing.people.save()
        db.execute(
            "UPDATE jobs SET results = ?, payload = NULL, due = ? WHERE seq = ?",
            (json.dumps(results), at, seq),
        )
        count_written(db, writing, [result["status"] for result in results])


def accept_job(db: sqlite3.Connection, users: list[Any], now: float, settings: Settings) -> Job:
    """Queue a job of users. It ends no earlier than those before it, so jobs apply in the order of
    acceptance.
    """
    last = db.execute("SELECT max(due) FROM jobs WHERE results IS NULL").fetchone()[0]
    due = max(now + settings.job_seconds, last or 0.0)
    job = Job(f"V3-{uuid.uuid4().hex}", now, due, len(users), None)
    cursor = db.execute(
        "INSERT INTO jobs (id, accepted, due, total, payload) VALUES (?, ?, ?, ?, ?)",
        (job.id, now, due, job.total, json.dumps(users)),
    )
    _forget_old_jobs(db, cursor.lastrowid or 0, now)
    db.execute("UPDATE tally SET jobs = jobs + 1")
    return job


def unfinished_jobs(db: sqlite3.Connection) -> list[str]:
    """Return the ids of the jobs that are queued or working, oldest first."""
    return [row[0] for row in db.execute("SELECT id FROM jobs WHERE results IS NULL ORDER BY due, seq")]


def find_jobs(db: sqlite3.Connection, ids: list[str], now: float) -> list[Job]:
    """Return those of the jobs that are still known, in the order asked for."""
    marks = ",".join("?" * len(ids))
    rows = db.execute(
        f"SELECT id, accepted, due, total, results FROM jobs WHERE id IN ({marks}) AND accepted > ?",
        (*ids, now - KEPT_SECONDS),
    )
    found = {row[0]: _job(row) for row in rows}
    return [found[i] for i in dict.fromkeys(ids) if i in found]


def recent_jobs(db: sqlite3.Connection, now: float) -> list[Job]:
    """Return all jobs that are still known, newest first."""
    rows = db.execute(
        "SELECT id, accepted, due, total, results FROM jobs WHERE accepted > ? ORDER BY seq DESC",
        (now - KEPT_SECONDS,),
    )
    return [_job(row) for row in rows]


def job_object(job: Job, now: float, origin: str) -> dict[str, Any]:
    """Return the job_status object of a job as it stands now: queued, working or completed."""
    status, progress, message = _progress(job, now)
    return {
        "id": job.id,
        "job_type": "Bulk Create User",
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
    if job.results is not None:
        return "completed", job.total, f"Completed at {spelled_out(job.due)}"
    share = (now - job.accepted) / (job.due - job.accepted) if job.due > job.accepted else 0.0
    if share < QUEUED_SHARE:
        return "queued", None, None
    done = min(job.total, int(job.total * (share - QUEUED_SHARE) / (1 - QUEUED_SHARE)))
    return "working", done, f"Creating User #{done}"


def _result(position: int, written: Written) -> dict[str, Any]:
    """Return an item as recorded create_or_update_many jobs show it: a failed one has its position as id."""
    if written.problems or written.person is None:
        details = " ".join(text for _, text in written.problems)
        return {"id": position, "error": "UserUpdateError", "details": details, "status": "Failed"}
    return {
        "id": written.person.id,
        "status": "Created" if written.created else "Updated",
        "email": written.person.body["email"],
        "external_id": written.person.body["external_id"],
    }


def _job(row: tuple[Any, ...]) -> Job:
    identity, accepted, due, total, results = row
    return Job(identity, accepted, due, total, None if results is None else json.loads(results))


def _forget_old_jobs(db: sqlite3.Connection, newest: int, now: float) -> None:
    db.execute(
        "DELETE FROM jobs WHERE results IS NOT NULL AND (seq <= ? OR accepted <= ?)",
        (newest - KEPT_JOBS, now - KEPT_SECONDS),
    )
