"""Whether a run has changed since it was exported: a print of all that its rows are made of."""

from __future__ import annotations

import json
import sqlite3
from hashlib import sha256
from pathlib import Path

from zdpipe.model.run import Outcome
from zdpipe.model.warehouse import FORMAT, Mark
from zdpipe.state.failing import IS_FAILED
from zdpipe.state.runs import RunRow

FILES = ("outbox", "rejects", "warnings", "conflicts", "errands")
# Erasing somebody changes a run's files; the words of others that named them are looked at here.
_FACTS = (
    "SELECT * FROM runs WHERE run_id = ?",
    """
    SELECT count(*), sum(state = 'settled'), sum(users), sum(attempts), sum(created), sum(updated),
      sum(failed), max(sent_at), max(settled_at)
    FROM batches WHERE run_id = ?
    """,
    "SELECT count(*), count(seconds), total(seconds) FROM jobs WHERE run_id = ?",
    """
    SELECT count(*), sum(state = 'settled'), sum(attempts), max(settled_at) FROM errands WHERE run_id = ?
    """,
    "SELECT count(*), count(details), total(length(details)) FROM fates WHERE run_id = ?",
    f"SELECT count(details), total(length(details)) FROM results WHERE run_id = ? AND {IS_FAILED}",
)


def mark_of(
    connection: sqlite3.Connection,
    run: RunRow,
    outcome: Outcome,
    folder: Path,
    secret: str,
    *,
    show_pii: bool,
) -> Mark:
    """Return what tells a run as it is now from what it was; `outcome` is how it stands."""
    facts = [list(connection.execute(sql, (run.run_id,)).fetchone()) for sql in _FACTS]
    about = [FORMAT, show_pii, sha256(secret.encode()).hexdigest(), outcome, facts, _files(folder)]
    return Mark(sha256(json.dumps(about).encode()).hexdigest(), FORMAT, show_pii)


def _files(folder: Path) -> list[tuple[str, int, int]]:
    paths = (folder / f"{name}.parquet" for name in FILES)
    return [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in paths if path.exists()]
