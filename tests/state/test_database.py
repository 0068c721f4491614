from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from zdpipe.errors import StateError
from zdpipe.model.batch import BatchState
from zdpipe.state import database
from zdpipe.state.batches import BatchStore
from zdpipe.state.database import VERSION, open_database, transaction
from zdpipe.state.runs import NewRun, insert_run, load_run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(path)) as opened:
        yield opened


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])


INSERT = (
    "INSERT INTO runs (run_id, query, destination, account, sql, outcome, started_at)"
    " VALUES ('r', 'q', 'd', 'a', 's', 'running', 't')"
)


def test_a_new_database_is_private_durable_and_readable_while_written(
    connection: sqlite3.Connection, path: Path
) -> None:
    pragmas = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "user_version")
    }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "user_version": VERSION}
    with transaction(connection):
        connection.execute(INSERT)
        with closing(open_database(path)) as reader:
            assert count(reader) == 0
    files = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert not [file.name for file in files if file.name.endswith(".new")]


def test_what_was_written_is_there_the_next_time(path: Path) -> None:
    for expected in (0, 1):
        with closing(open_database(path)) as connection:
            assert count(connection) == expected
            if not expected:
                with transaction(connection):
                    connection.execute(INSERT)


def test_a_transaction_is_all_or_nothing(connection: sqlite3.Connection) -> None:
    def fail() -> None:
        with transaction(connection):
            connection.execute(INSERT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert count(connection) == 0
    assert not connection.in_transaction


def test_a_wrong_statement_is_a_bug_not_a_state_error(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        connection.execute(INSERT)
    with pytest.raises(sqlite3.IntegrityError), transaction(connection):
        connection.execute(INSERT)


def test_a_full_disk_is_told_with_the_cure_and_undone(connection: sqlite3.Connection, path: Path) -> None:
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        with transaction(connection):
            for number in range(500):
                connection.execute(INSERT.replace("'r'", f"'{number:0100}'"))

    with pytest.raises(StateError, match="full") as caught:
        fill()
    assert str(path) in caught.value.message
    assert "space" in caught.value.hint
    assert count(connection) == 0


def test_a_busy_database_is_told_after_a_while(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    with (
        closing(open_database(path)) as holder,
        closing(open_database(path)) as other,
        transaction(holder),
        pytest.raises(StateError) as caught,
        transaction(other),
    ):
        pytest.fail("two writers at once")
    assert caught.value.code == "locked"


def test_a_newer_format_is_left_alone(path: Path) -> None:
    with closing(open_database(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StateError, match="newer zdpipe") as caught:
        open_database(path)
    assert caught.value.code == "state_newer"
    assert "Upgrade" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"just some text\n" * 100, b"SQLite format 3\0" + b"\1" * 5000])
def test_a_file_that_is_no_state_is_told_and_never_overwritten(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StateError) as caught:
        open_database(path)
    assert caught.value.code == "state_damaged"
    assert str(path) in caught.value.message
    assert "move it away" in caught.value.hint.lower()
    assert path.read_bytes()[: len(content)] == content


def test_a_torn_file_is_told(path: Path) -> None:
    with closing(open_database(path)) as connection, transaction(connection):
        connection.execute(INSERT)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(StateError) as caught:
        open_database(path)
    assert caught.value.code == "state_damaged"


def test_a_folder_in_its_place_is_told(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StateError, match="cannot be"):
        open_database(path)


def test_two_processes_creating_it_at_once_share_one(path: Path) -> None:
    script = (
        "import sys; from contextlib import closing; from pathlib import Path;"
        "from zdpipe.state.database import open_database, transaction\n"
        "sys.stdin.readline()\n"
        "with closing(open_database(Path(sys.argv[1]))) as connection, transaction(connection):\n"
        f"    connection.execute({INSERT!r}.replace(\"'r'\", repr(sys.argv[2])))\n"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", script, str(path), name], stdin=subprocess.PIPE)
        for name in ("one", "two")
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"\n")
        child.stdin.flush()
    for child in children:
        child.communicate()
    assert [child.returncode for child in children] == [0, 0]
    with closing(open_database(path)) as connection:
        assert count(connection) == 2


def test_losing_the_race_to_create_keeps_the_winners_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_database(path)) as winner:
        with transaction(winner):
            winner.execute(INSERT)
        monkeypatch.setattr(Path, "exists", lambda self: False)
        with closing(open_database(path)) as loser:
            assert count(loser) == 1


OLD_SCHEMAS = Path(__file__).parent / "schemas"


def write_old(path: Path, version: int) -> None:
    """Write a state file as an older zdpipe left it: one run with a settled batch, one still going."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((OLD_SCHEMAS / f"{version}.sql").read_text(encoding="utf-8"))
        connection.executescript(
            """
            INSERT INTO runs (run_id, query, destination, account, sql, outcome, started_at)
            VALUES ('one', 'q.sql', 'there', 'acme', 'SELECT 1', 'running', '2026-11-22T12:00:00+00:00');
            INSERT INTO batches (run_id, number, users, after, state, job_id, settled_at, created, failed)
            VALUES ('one', 1, 2, 0, 'settled', 'V3-1', '2026-11-22T12:01:00+00:00', 1, 1);
            INSERT INTO batches (run_id, number, users, after, state, attempts)
            VALUES ('one', 2, 2, 1, 'unsure', 1);
            INSERT INTO results VALUES ('one', 1, 0, 'created', 11, NULL, NULL);
            INSERT INTO results VALUES ('one', 1, 1, 'failed', NULL, 'email_taken', 'Email: taken');
            """
        )
        connection.execute(f"PRAGMA user_version = {version}")


def structure(path: Path) -> dict[str, object]:
    with closing(open_database(path)) as connection:
        tables = [row["name"] for row in connection.execute("SELECT name FROM sqlite_schema")]
        return {
            name: sorted(
                (row["name"], row["type"], row["notnull"], row["dflt_value"], row["pk"])
                for row in connection.execute(f"PRAGMA table_info('{name}')")
            )
            or [tuple(row) for row in connection.execute(f"PRAGMA index_info('{name}')")]
            for name in sorted(tables)
        }


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_file_of_an_older_version_is_brought_to_this_one(path: Path, version: int) -> None:
    write_old(path, version)
    for number in range(2):
        with closing(open_database(path)) as connection:
            run = load_run(connection, "one")
            assert run is not None
            assert (run.resumes, run.full) == (0, False)
            assert (run.counts.created, run.counts.failed, run.counts.pending) == (1, 1, 2)
            store = BatchStore(connection, "one", "acme")
            assert [batch.key for batch in store.load(*BatchState)] == [(1, 0), (2, 0)]
            assert [(result.status, result.reason) for result in store.results(1)] == [
                ("created", None),
                ("failed", "email_taken"),
            ]
            insert_run(
                connection, NewRun(f"run {number}", "q.sql", "there", "acme", "SELECT 1", run.started_at)
            )


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_migrated_file_has_the_structure_of_a_new_one(path: Path, version: int) -> None:
    write_old(path, version)
    old = structure(path)
    old_runs, new = old.pop("runs"), structure(path.with_name("new.sqlite"))
    new_runs = new.pop("runs")
    assert old == new
    assert set(new_runs) <= set(old_runs)
