from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from zdpipe.state.database import open_database, transaction
from zdpipe.state.jobs import typical_job


def remember(connection: sqlite3.Connection, account: str, *seconds: float | None) -> None:
    with transaction(connection):
        connection.executemany(
            "INSERT INTO jobs (account, job_id, run_id, batch, seconds) VALUES (?, ?, 'one', 1, ?)",
            [(account, f"job {number}", taken) for number, taken in enumerate(seconds)],
        )


@pytest.mark.parametrize(
    ("seconds", "typical"), [((), None), ((None,), None), ((3.0,), 3.0), ((9.0, 1.0, None, 2.0), 2.0)]
)
def test_the_median_counts_on_its_account(
    tmp_path: Path, seconds: tuple[float | None, ...], typical: float | None
) -> None:
    with closing(open_database(tmp_path / "state.sqlite")) as connection:
        remember(connection, "other", 100.0)
        remember(connection, "acme", *seconds)
        assert typical_job(connection, "acme") == typical
