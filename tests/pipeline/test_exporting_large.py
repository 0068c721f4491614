"""What exporting a run of a million customers takes of the memory, by the operating system's account."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tests.pipeline.exported import asked
from zdpipe.state.database import Connection, open_database, transaction
from zdpipe.state.folder import StateFolder, prepare_state_folder

ROWS = 1_000_000
MOST = 700_000_000
RUN = "20260101-000000-aaaa"
PROJECT = '[source]\ndatabase = "x.duckdb"\n[destinations.there]\nkind = "simulator"\n'

pytestmark = [pytest.mark.large, pytest.mark.timeout(600)]


def write_files(folder: StateFolder) -> None:
    """Write the outbox of a run, and a row that was left out for every fifth customer."""
    sent = (
        "SELECT (i // 100 + 1)::INTEGER AS batch, (i % 100)::INTEGER AS position, i AS row,"
        " md5(i::VARCHAR) AS key, key AS external_id, 'create' AS sending,"
        f" i || '@example.com' AS email, repeat(key, 4) AS payload FROM range({ROWS}) AS numbers(i)"
    )
    left_out = (
        "SELECT i AS row, md5(i::VARCHAR) AS key, key AS identity, 'invalid_phone' AS reason,"
        f" 'phone' AS \"column\", i::VARCHAR AS value FROM range({ROWS // 5}) AS numbers(i)"
    )
    folder.run(RUN).mkdir(parents=True)
    with closing(duckdb.connect()) as connection:
        for name, rows in (("outbox", sent), ("rejects", left_out), ("warnings", left_out)):
            path = folder.run(RUN) / f"{name}.parquet"
            connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 10240)")


def write_results(connection: Connection) -> None:
    """Write down that everybody was created, in batches of a hundred."""

    def batches() -> Iterator[tuple[str, int, str]]:
        return ((RUN, number, f"job-{number}") for number in range(1, ROWS // 100 + 1))

    with transaction(connection):
        connection.execute(
            "INSERT INTO runs (run_id, query, destination, account, sql, outcome, planned, started_at,"
            " finished_at, read) VALUES (?, 'q.sql', 'there', 'simulator/there', 'SELECT 1', 'succeeded', 1,"
            " '2026-01-01T00:00:00+00:00', '2026-01-01T03:00:00+00:00', ?)",
            (RUN, ROWS),
        )
        connection.executemany(
            "INSERT INTO batches (run_id, number, users, after, state, job_id, attempts, created)"
            " VALUES (?, ?, 100, 0, 'settled', ?, 1, 100)",
            batches(),
        )
        connection.executemany(
            "INSERT INTO results VALUES (?, ?, ?, 'created', ?, NULL, NULL)",
            ((RUN, number // 100 + 1, number % 100, number) for number in range(ROWS)),
        )
        connection.executemany(
            "INSERT INTO jobs VALUES ('simulator/there', ?, ?, ?, 8.0)",
            ((job, run, number) for run, number, job in batches()),
        )


@pytest.mark.parametrize("name", ["history.duckdb", "history"])
def test_a_run_of_a_million_customers_is_exported_within_700_megabytes(tmp_path: Path, name: str) -> None:
    (tmp_path / "zdpipe.toml").write_text(PROJECT)
    folder = prepare_state_folder(tmp_path / ".zdpipe")
    write_files(folder)
    with closing(open_database(folder.database)) as connection:
        write_results(connection)
    for sending in range(2):  # the second time every row takes the place of another one
        os.utime(folder.outbox(RUN), (sending, sending))
        words = [sys.executable, "-m", "zdpipe", "runs", "export", "--to", name, "--show-pii"]
        process = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        assert usage.ru_maxrss * 1024 < MOST
        found = asked(tmp_path / name, "SELECT outcome, count(*) FROM outcomes GROUP BY 1")
        assert found == [("created", ROWS)]
