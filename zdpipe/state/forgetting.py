"""A person in the database of runs, and the note that lets an erasure be completed after a kill."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from zdpipe.durable import sync_folder, written_whole
from zdpipe.errors import StateError, StateLocked
from zdpipe.model.forgotten import Person
from zdpipe.state.database import transaction
from zdpipe.state.folder import StateFolder
from zdpipe.state.retention import give_back
from zdpipe.state.wording import Wording

_NOTE = "forgetting.json"
_UNTELL = (
    "UPDATE results SET zendesk_id = NULL, details = NULL WHERE run_id = ? AND batch = ? AND position = ?"
)
_TOLD = """
SELECT run_id, batch, position FROM results JOIN runs USING (run_id) WHERE account = ? AND zendesk_id = ?
"""
_REWORD = (
    "UPDATE results SET details = reworded(details) WHERE details <> reworded(details)",
    "UPDATE fates SET details = reworded(details) WHERE details <> reworded(details)",
    "UPDATE runs SET stop = reworded_json(stop) WHERE stop <> reworded_json(stop)",
    "UPDATE occasions SET errors = reworded_json(errors) WHERE errors <> reworded_json(errors)",
    "UPDATE runs SET sql = reworded_sql(sql) WHERE sql <> reworded_sql(sql)",
    """
    UPDATE runs SET attribute_tables = reworded_texts(attribute_tables)
    WHERE attribute_tables <> reworded_texts(attribute_tables)
    """,
)


def note_down(folder: StateFolder, person: Person) -> None:
    """Write down, durably, who is being forgotten; the note goes last."""
    with written_whole(folder.root / _NOTE) as file:
        file.write(json.dumps(person.as_json()).encode())


def noted(folder: StateFolder) -> Person | None:
    """Return whom an erasure that was cut off was about. Raises StateError for a damaged note."""
    path = folder.root / _NOTE
    try:
        return Person.from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StateError(
            f"{path}, the note about an erasure that was cut off, cannot be read: {error}",
            "Remove it, then forget that person again.",
            code="state_damaged",
        ) from error


def strike_note(folder: StateFolder) -> None:
    """Remove the note, and what a kill left of one."""
    for path in (folder.root / _NOTE, folder.root / f".{_NOTE}.partial"):
        path.unlink(missing_ok=True)
    sync_folder(folder.root)


def results_told(connection: sqlite3.Connection, account: str, zendesk_id: int) -> list[tuple[str, int, int]]:
    """Return the results (run, batch, position) that name a user of an account."""
    return [tuple(row) for row in connection.execute(_TOLD, (account, zendesk_id)).fetchall()]


def ids_at(connection: sqlite3.Connection, run_id: str, places: Collection[tuple[int, int]]) -> set[int]:
    """Return the Zendesk ids that results of a run have at places (batch, position)."""
    found = set()
    for place in places:
        row = connection.execute(
            "SELECT zendesk_id FROM results WHERE run_id = ? AND batch = ? AND position = ?", (run_id, *place)
        ).fetchone()
        if row is not None and row["zendesk_id"] is not None:
            found.add(int(row["zendesk_id"]))
    return found


def erase_in_database(
    connection: sqlite3.Connection, person: Person, places: Collection[tuple[str, int, int]]
) -> int:
    """Take a person out of results and words; return how many words of others changed.

    Results stay, with their status and reason: counts are made of them. `places` are (run, batch, position).
    Raises StateLocked where another command keeps the log of what was erased.
    """
    connection.execute("PRAGMA secure_delete = ON")
    wording, in_sql = Wording(person), Wording(person, names=False)
    connection.create_function("reworded", 1, wording.without)
    connection.create_function("reworded_json", 1, wording.without_in_json)
    connection.create_function("reworded_sql", 1, in_sql.without)
    connection.create_function("reworded_texts", 1, in_sql.without_in_json)
    with transaction(connection):
        told = {place for zendesk in person.zendesk for place in results_told(connection, *zendesk)}
        connection.executemany(_UNTELL, sorted({*places, *told}))
        mentions = sum(connection.execute(statement).rowcount for statement in _REWORD)
    if not give_back(connection):
        raise StateLocked(
            "Another command reads the state, which still has its log of what was erased.",
            "Wait until it has ended, and repeat the command.",
        )
    return mentions


def erase_fates(connection: sqlite3.Connection, places: Collection[tuple[str, int, int]]) -> None:
    """Take Zendesk's words from the fates at places (run, errand, position); the fates stay."""
    connection.execute("PRAGMA secure_delete = ON")
    with transaction(connection):
        connection.executemany(
            "UPDATE fates SET details = NULL WHERE run_id = ? AND errand = ? AND position = ?", sorted(places)
        )


def names_in_sql(connection: sqlite3.Connection, person: Person) -> list[str]:
    """Return the unfinished runs that will run their query again, whose text names the person."""
    wording = Wording(person, names=False)
    rows = connection.execute(
        "SELECT run_id, sql FROM runs WHERE finished_at IS NULL AND planned = 0"
    ).fetchall()
    return [row["run_id"] for row in rows if wording.without(row["sql"]) != row["sql"]]
