"""A person in the database of runs: results lose them and keep their counts; no page repeats them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.stories.searching import found_in
from zdpipe.errors import StateError, StateLocked
from zdpipe.model.forgotten import Person, placeholder
from zdpipe.model.orchestration import Ending
from zdpipe.model.run import Stop
from zdpipe.state.database import open_database, transaction
from zdpipe.state.folder import StateFolder
from zdpipe.state.forgetting import (
    erase_in_database,
    ids_at,
    names_in_sql,
    note_down,
    noted,
    results_told,
    strike_note,
)
from zdpipe.state.occasions import begin_occasion, end_occasion, load_occasion

NOW = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)
PERSON = Person(placeholder("0a1b2c3d")).also(
    keys={"zq-7731"}, emails={"zeb@unusual.example"}, names={"Zebulona Quux"}, zendesk={("acme", 17_000_017)}
)
PLANTED = ("zq-7731", "zeb@unusual.example", "Zebulona Quux", "17000017")
RUNS = (
    "INSERT INTO runs (run_id, query, destination, account, sql, outcome, started_at)"
    " VALUES (?, 'q', 'd', ?, ?, 'x', 't')"
)
RESULTS = "INSERT INTO results VALUES (?, 1, ?, ?, ?, ?, ?)"


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path)


@pytest.fixture
def connection(folder: StateFolder) -> Iterator[sqlite3.Connection]:
    with closing(open_database(folder.database)) as connection:
        with transaction(connection):
            connection.execute(RUNS, ("r1", "acme", "SELECT 1"))
            connection.execute(RUNS, ("r2", "other", "SELECT 1 -- zeb@unusual.example"))
            connection.execute(RESULTS, ("r1", 0, "created", 17_000_017, None, None))
            connection.execute(
                RESULTS, ("r1", 1, "failed", None, "email_taken", "zeb@unusual.example is taken")
            )
            connection.execute(RESULTS, ("r1", 2, "failed", 18, "other", "Zebulona Quux stands in the way"))
            connection.execute(RESULTS, ("r2", 0, "created", 17_000_018, None, None))
        yield connection


def rows(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute("SELECT * FROM results ORDER BY 1, 2, 3").fetchall()]


def test_results_keep_their_status_and_lose_the_person(
    folder: StateFolder, connection: sqlite3.Connection
) -> None:
    assert found_in(folder.root, PLANTED)
    assert names_in_sql(connection, PERSON) == ["r2"]
    assert erase_in_database(connection, PERSON, [("r1", 1, 1)]) == 2
    assert rows(connection) == [
        ("r1", 1, 0, "created", None, None, None),
        ("r1", 1, 1, "failed", None, "email_taken", None),
        ("r1", 1, 2, "failed", 18, "other", "(forgotten) stands in the way"),
        ("r2", 1, 0, "created", 17_000_018, None, None),
    ]
    assert found_in(folder.root, PLANTED) == {}
    assert names_in_sql(connection, PERSON) == []
    assert (folder.root / "state.sqlite-wal").stat().st_size == 0
    assert erase_in_database(connection, PERSON, [("r1", 1, 1)]) == 0


def test_an_id_counts_in_its_own_account_alone(connection: sqlite3.Connection) -> None:
    assert results_told(connection, "acme", 17_000_017) == [("r1", 1, 0)]
    assert results_told(connection, "other", 17_000_017) == []
    assert ids_at(connection, "r1", {(1, 0), (1, 1), (9, 9)}) == {17_000_017}


def test_while_somebody_reads_what_was_there_it_is_not_over(
    folder: StateFolder, connection: sqlite3.Connection
) -> None:
    connection.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM runs").fetchone()
        with pytest.raises(StateLocked, match="still has its log"):
            erase_in_database(connection, PERSON, [])
    erase_in_database(connection, PERSON, [("r1", 1, 1)])
    assert found_in(folder.root, PLANTED) == {}


def test_a_note_is_for_its_owner_alone_and_goes_at_the_end(folder: StateFolder) -> None:
    assert noted(folder) is None
    note_down(folder, PERSON)
    assert noted(folder) == PERSON
    note = folder.root / "forgetting.json"
    assert note.stat().st_mode & 0o777 == 0o600
    note.with_name(".forgetting.json.partial").write_text("half a note", encoding="utf-8")
    strike_note(folder)
    assert list(folder.root.iterdir()) == []
    strike_note(folder)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"placeholder": "x"}', '{"placeholder": "x", "zendesk": [1]}']
)
def test_a_damaged_note_is_a_state_error(folder: StateFolder, text: str) -> None:
    (folder.root / "forgetting.json").write_text(text, encoding="utf-8")
    with pytest.raises(StateError, match="cannot be read"):
        noted(folder)


def test_words_about_the_person_leave_the_errors_of_orchestrations(
    connection: sqlite3.Connection, folder: StateFolder
) -> None:
    number = begin_occasion(connection, "nightly", None, NOW)
    stop = Stop("query", "Zebulona Quux (zeb@unusual.example) is no date.", "Mend it.", 2)
    end_occasion(connection, number, Ending.FAILED, NOW, errors={"queries/a.sql": stop})
    assert erase_in_database(connection, PERSON, []) > 0
    (told,) = load_occasion(connection, number).errors.values()
    assert told.message == "(forgotten) ((forgotten)) is no date."
    assert "zeb@unusual.example" not in found_in(folder.root, PLANTED).get("state.sqlite", set())
