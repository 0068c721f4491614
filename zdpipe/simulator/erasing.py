"""A user out of an account's file, as if they had never been in it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import Any

from zdpipe.simulator.accounts import Account, NotAnAccount
from zdpipe.simulator.people import fold, tidy_email

# What a result says of a user's fate, and of nobody.
_FATE = ("index", "status", "action", "success")
_LONG = 4


def erase_users(path: Path, key: str, ids: Collection[int] = ()) -> int:
    """Erase the users with an external_id, an address or an id that is the key, or with one of the ids.

    No byte of them stays in the file: they leave the users, their identities and what jobs were told of
    them. Returns how many there were. Raises NotAnAccount, also where others keep the file to themselves.
    """
    try:
        with closing(Account(path)) as account, account.transaction() as db:
            found = _find(db, key.strip(), ids)
            texts = _known_by(db, found) | {fold(key.strip())}
            _delete(db, found)
            _redact_jobs(db, texts | {str(user_id) for user_id in found})
        _rebuild(path)
    except sqlite3.Error as error:
        raise NotAnAccount(f"{path} cannot be changed: {error}") from error
    return len(found)


def _find(db: sqlite3.Connection, key: str, ids: Collection[int]) -> set[int]:
    by_id = [*ids, *([int(key)] if key.isascii() and key.isdecimal() else [])]
    marks = ",".join("?" * len(by_id))
    rows = db.execute(
        f"SELECT id FROM users WHERE external_key = ? OR id IN ({marks}) OR id IN"
        " (SELECT user_id FROM identities WHERE type = 'email' AND value = ?)",
        (fold(key), *by_id, tidy_email(key)),
    )
    return {user_id for (user_id,) in rows}


def _known_by(db: sqlite3.Connection, ids: Collection[int]) -> set[str]:
    texts: set[str] = set()
    for user_id in ids:
        row = db.execute("SELECT external_key, phone, body FROM users WHERE id = ?", (user_id,)).fetchone()
        identities = db.execute("SELECT value FROM identities WHERE user_id = ?", (user_id,)).fetchall()
        named = [row[0], row[1], json.loads(row[2]).get("name"), *(value for (value,) in identities)]
        texts |= {str(text).lower() for text in named if text}
    return texts


def _delete(db: sqlite3.Connection, ids: Collection[int]) -> None:
    for user_id in ids:
        db.execute("INSERT INTO gone_identities SELECT id FROM identities WHERE user_id = ?", (user_id,))
        db.execute("DELETE FROM identities WHERE user_id = ?", (user_id,))
        db.execute("UPDATE single_writes SET user_id = NULL WHERE user_id = ?", (user_id,))
        db.execute("DELETE FROM users WHERE id = ?", (user_id,))


def _redact_jobs(db: sqlite3.Connection, texts: Collection[str]) -> None:
    """Leave only the fate of whoever results name, and nothing of users that are still to be written."""
    for seq, payload, results in db.execute("SELECT seq, payload, results FROM jobs").fetchall():
        told = None if results is None else [_redacted(result, texts) for result in json.loads(results)]
        sent = (
            None if payload is None else [{} if _names(user, texts) else user for user in json.loads(payload)]
        )
        stored = [None if users is None else json.dumps(users) for users in (sent, told)]
        db.execute("UPDATE jobs SET payload = ?, results = ? WHERE seq = ?", (*stored, seq))


def _redacted(result: dict[str, Any], texts: Collection[str]) -> dict[str, Any]:
    if not _names(result, texts):
        return result
    return {name: result[name] for name in _FATE if name in result}


def _names(value: object, texts: Collection[str]) -> bool:
    """Tell whether one of the texts is a value, or a part of its words where it is long enough."""
    if isinstance(value, dict):
        return any(_names(inner, texts) for inner in value.values())
    if isinstance(value, list):
        return any(_names(inner, texts) for inner in value)
    said = str(value).lower()
    return any(said == text or (len(text) >= _LONG and text in said) for text in texts)


def _rebuild(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=30.0, isolation_level=None)) as db:
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
