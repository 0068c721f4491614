"""The users a write touches, held in memory between one bulk read and one bulk write of the account."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from zdpipe.simulator.accounts import FIRST_IDENTITY_ID, FIRST_USER_ID

EMAIL = "email"
PHONE = "phone_number"
MOST_VALUES = 10_000

SELECT_PEOPLE = "SELECT id, external_key, role, phone, body, active FROM users WHERE id IN ({})"

IndexKeys = tuple[str | None, str, str | None]  # external_key, role, phone


@dataclass(slots=True)
class Identity:
    """An address a user is known by; emails and direct phone lines belong to one user only."""

    id: int
    user_id: int
    type: str
    value: str
    primary: bool
    verified: bool
    created_at: float
    updated_at: float
    is_stored: bool = True


@dataclass(slots=True)
class Person:
    """A user: `body` holds the properties, `identities` the email addresses and direct lines.

    `stored` is what the account's indexes lead by, as it was read; None for a new user.
    """

    id: int
    body: dict[str, Any]
    identities: list[Identity] = field(default_factory=list)
    stored: IndexKeys | None = None
    active: bool = True

    def identities_of(self, kind: str) -> list[Identity]:
        """Return the identities of one type, oldest first."""
        return [identity for identity in self.identities if identity.type == kind]


def fold(external_id: str) -> str:
    """Return an external_id as it is compared: case-blind (Zendesk Users API, Create Or Update User)."""
    return external_id.lower()


def tidy_email(email: str) -> str:
    """Return an email as Zendesk stores it: trimmed and in lower case."""
    return email.strip().lower()


class People:
    """The users that the given external_ids, emails and phones lead to; changes reach the account with
    `save`.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        external_ids: Iterable[str],
        emails: Iterable[str],
        phones: Iterable[str],
        ids: Iterable[int] = (),
    ) -> None:
        self._db = db
        self._persons: dict[int, Person] = {}
        self._touched: dict[int, Person] = {}
        self._gone_identities: list[Identity] = []
        self._next_user = _next_id(db, "users", FIRST_USER_ID)
        self._next_identity = max(
            _next_id(db, table, FIRST_IDENTITY_ID) for table in ("identities", "gone_identities")
        )
        self._load({fold(e) for e in external_ids}, {tidy_email(e) for e in emails}, set(ids))
        self._lines = self._load_lines(set(phones))

    def with_id(self, user_id: int) -> Person | None:
        """Return the user of an id, unless deleted."""
        person = self._persons.get(user_id)
        return person if person is not None and person.active else None

    def with_external_id(self, external_id: str) -> Person | None:
        """Return the user of an external_id in any case."""
        return self._by_key.get(fold(external_id))

    def owner_of(self, email: str) -> Person | None:
        """Return the user who has the email, as primary or secondary."""
        return self._by_email.get(email)

    def phone_is_taken(self, phone: str, by_other_than: Person) -> bool:
        """Tell whether another user has the number, written the same way."""
        return bool(self._lines.get(phone, set()) - {by_other_than.id})

    def add(self, body: dict[str, Any]) -> Person:
        """Add a new user with the next id."""
        person = Person(self._next_user, body)
        self._next_user += 1
        self._persons[person.id] = self._touched[person.id] = person
        return person

    def touch(self, person: Person) -> None:
        """Remember that the user's body changed."""
        self._touched[person.id] = person

    def rename(self, person: Person, external_id: str | None) -> None:
        """Give the user an external_id, in the case it was sent in, or clear it."""
        before = person.body["external_id"]
        if before is not None:
            self._by_key.pop(fold(before), None)
        if external_id is not None:
            self._by_key[fold(external_id)] = person
        person.body["external_id"] = external_id

    def add_identity(self, person: Person, kind: str, value: str, verified: bool, at: float) -> Identity:
        """Add an email or a direct line, and return it; the first of its kind is the primary one."""
        primary = not any(identity.type == kind for identity in person.identities)
        identity = Identity(self._next_identity, person.id, kind, value, primary, verified, at, at, False)
        self._next_identity += 1
        person.identities.append(identity)
        if kind == EMAIL:
            self._by_email[value] = person
        return identity

    def verify(self, identity: Identity, verified: bool, at: float) -> None:
        """Mark an identity as verified or not."""
        if identity.verified != verified:
            identity.verified, identity.updated_at, identity.is_stored = verified, at, False

    def change_identity(self, identity: Identity, value: str, at: float) -> None:
        """Give an identity another value."""
        if identity.value != value:
            identity.value, identity.updated_at, identity.is_stored = value, at, False

    def make_primary(self, person: Person, identity: Identity, at: float) -> None:
        """Let an identity lead those of its kind."""
        for other in person.identities_of(identity.type):
            if other.primary != (other is identity):
                other.primary, other.updated_at, other.is_stored = other is identity, at, False

    def remove_identity(self, person: Person, identity: Identity, at: float) -> None:
        """Remove an identity; the oldest of the others of its kind leads in its place."""
        self._gone_identities.append(identity)
        person.identities.remove(identity)
        left = person.identities_of(identity.type)
        if identity.primary and left:
            self.make_primary(person, left[0], at)

    def delete(self, person: Person, at: float) -> None:
        """Delete a user softly: addresses, lines and external_id are free again, the record stays."""
        self._gone_identities += person.identities
        person.identities = []
        person.active = False
        person.body["updated_at"] = at
        self.touch(person)

    def claim_phone(self, person: Person, phone: str) -> None:
        """Remember, for the rest of this write, that the user has the number."""
        self._lines.setdefault(phone, set()).add(person.id)

    def release_phones(self, person: Person) -> None:
        """Remove the user's direct lines, and free the numbers for others."""
        self._gone_identities += person.identities_of(PHONE)
        person.identities = person.identities_of(EMAIL)
        for owners in self._lines.values():
            owners.discard(person.id)

    def save(self) -> None:
        """Write every change to the account."""
        touched = self._touched.values()
        same = [p for p in touched if p.stored == _index_keys(p)]
        moved = [p for p in touched if p.stored not in (None, _index_keys(p))]
        self._db.executemany("UPDATE users SET external_key = NULL WHERE id = ?", [(p.id,) for p in moved])
        self._db.executemany(
            "UPDATE users SET external_key = ?, role = ?, phone = ?, haystack = ?, body = ? WHERE id = ?",
            [(*_index_keys(p), *_contents(p), p.id) for p in moved],
        )
        # Naming an indexed column would write its indexes anew, changed or not.
        self._db.executemany(
            "UPDATE users SET haystack = ?, body = ? WHERE id = ?", [(*_contents(p), p.id) for p in same]
        )
        self._db.executemany(
            "INSERT INTO users (id, external_key, role, phone, haystack, body) VALUES (?, ?, ?, ?, ?, ?)",
            [(p.id, *_index_keys(p), *_contents(p)) for p in touched if p.stored is None],
        )
        gone = [(p.id,) for p in touched if not p.active]
        self._db.executemany("UPDATE users SET active = 0 WHERE id = ?", gone)
        self._save_identities()

    def _save_identities(self) -> None:
        gone = [(identity.id,) for identity in self._gone_identities]
        self._db.executemany("DELETE FROM identities WHERE id = ?", gone)
        self._db.executemany("INSERT OR IGNORE INTO gone_identities VALUES (?)", gone)
        rows = [
            (i.id, i.user_id, i.type, i.value, i.primary, i.verified, i.created_at, i.updated_at)
            for person in self._touched.values()
            for i in person.identities
            if not i.is_stored
        ]
        self._db.executemany(
            "INSERT INTO identities VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET value = excluded.value, is_primary = excluded.is_primary,"
            " verified = excluded.verified, updated_at = excluded.updated_at",
            rows,
        )

    def _load(self, keys: set[str], emails: set[str], ids: set[int]) -> None:
        self._by_key: dict[str, Person] = {}
        self._by_email: dict[str, Person] = {}
        found = _rows(self._db, "SELECT id FROM users WHERE external_key IN ({})", keys)
        found += _rows(
            self._db, "SELECT user_id FROM identities WHERE type = 'email' AND value IN ({})", emails
        )
        for person in load_people(self._db, ids | {row[0] for row in found}):
            self._persons[person.id] = person
            if person.active and person.body["external_id"] is not None:
                self._by_key[fold(person.body["external_id"])] = person
            for identity in person.identities_of(EMAIL):
                self._by_email[identity.value] = person

    def _load_lines(self, phones: set[str]) -> dict[str, set[int]]:
        lines: dict[str, set[int]] = {}
        rows = _rows(self._db, "SELECT phone, id FROM users WHERE phone IN ({})", phones)
        rows += _rows(
            self._db,
            "SELECT value, user_id FROM identities WHERE type = 'phone_number' AND value IN ({})",
            phones,
        )
        for phone, user_id in rows:
            lines.setdefault(phone, set()).add(user_id)
        return lines


def load_people(db: sqlite3.Connection, ids: Iterable[int]) -> list[Person]:
    """Return the users of these ids, with their identities, by ascending id."""
    wanted = sorted(set(ids))
    persons = {
        user_id: Person(user_id, json.loads(body), stored=(key, role, phone), active=bool(active))
        for user_id, key, role, phone, body, active in _rows(db, f"{SELECT_PEOPLE} ORDER BY id", wanted)
    }
    for row in _rows(db, "SELECT * FROM identities WHERE user_id IN ({}) ORDER BY id", wanted):
        i, user_id, kind, value, primary, verified, created, updated = row
        identity = Identity(i, user_id, kind, value, bool(primary), bool(verified), created, updated)
        persons[identity.user_id].identities.append(identity)
    return list(persons.values())


def _rows(db: sqlite3.Connection, sql: str, values: Iterable[object]) -> list[Any]:
    """Run a statement for all values, in parts, since SQLite bounds the values of one statement."""
    wanted, found = list(values), list[Any]()
    for start in range(0, len(wanted), MOST_VALUES):
        part = wanted[start : start + MOST_VALUES]
        found += db.execute(sql.format(",".join("?" * len(part))), part)
    return found


def _next_id(db: sqlite3.Connection, table: str, first: int) -> int:
    top = db.execute(f"SELECT max(id) FROM {table}").fetchone()[0]
    return int(top or first - 1) + 1


def _index_keys(person: Person) -> IndexKeys:
    body = person.body
    if not person.active:
        return None, body["role"], None
    key = None if body["external_id"] is None else fold(body["external_id"])
    return key, body["role"], body["phone"]


def _contents(person: Person) -> tuple[str, str]:
    """Return what a text search looks into, and the properties as JSON."""
    body = person.body
    words = [str(body[k]) for k in ("name", "external_id", "phone", "alias", "details", "notes") if body[k]]
    return "\n".join([*words, *body["tags"]]).lower(), json.dumps(body)
