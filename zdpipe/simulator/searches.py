"""Which users a search or a list means; every function returns user ids, ascending."""

from __future__ import annotations

import re
import sqlite3

from zdpipe.simulator.people import fold, tidy_email

MOST_FOUND = 10_000  # offset paging of a search ends here (Zendesk Users API)
TERM = re.compile(r'(?:(?P<key>\w+):)?(?:"(?P<quoted>[^"]*)"|(?P<bare>\S+))')
BY_EMAIL = "SELECT user_id FROM identities WHERE type = 'email' AND value = ?"


def search_users(db: sqlite3.Connection, query: str) -> list[int]:
    """Return the users that fit all terms of a query: words, `email:x`, `external_id:x`, `role:x`, `phone:x`.

    A bare word is looked for in any property and in the email addresses.
    """
    conditions, values = ["active"], []
    for match in TERM.finditer(query):
        key, text = match["key"], match["quoted"] if match["quoted"] is not None else match["bare"]
        if key == "type":  # every record of this endpoint is a user
            continue
        condition, wanted = _condition(key, text)
        conditions.append(condition)
        values += wanted
    sql = f"SELECT id FROM users WHERE {' AND '.join(conditions)} ORDER BY id LIMIT {MOST_FOUND}"
    return [row[0] for row in db.execute(sql, values)]


def users_after(
    db: sqlite3.Connection, last: int, limit: int, roles: list[str], external_id: str | None
) -> list[int]:
    """Return up to `limit` users after an id; `roles` and `external_id` narrow the list when given.

    Each role is read by itself: only so does the index on roles give its users in the order of their ids.
    """
    found: list[int] = []
    for group in [[role] for role in sorted(set(roles))] or [[]]:
        where, values = _narrowed(group, external_id)
        sql = f"SELECT id FROM users WHERE {where} AND id > ? ORDER BY id LIMIT ?"
        found += [row[0] for row in db.execute(sql, (*values, last, limit))]
    return sorted(found)[:limit]


def users_between(
    db: sqlite3.Connection, start: int, limit: int, roles: list[str], external_id: str | None
) -> list[int]:
    """Return up to `limit` users from a position of the same list on."""
    where, values = _narrowed(roles, external_id)
    sql = f"SELECT id FROM users WHERE {where} ORDER BY id LIMIT ? OFFSET ?"
    return [row[0] for row in db.execute(sql, (*values, limit, start))]


def count_of_users(db: sqlite3.Connection, roles: list[str], external_id: str | None) -> int:
    """Return how many users the same list has."""
    where, values = _narrowed(roles, external_id)
    count: int = db.execute(f"SELECT count(*) FROM users WHERE {where}", values).fetchone()[0]
    return count


def users_by_external_ids(db: sqlite3.Connection, external_ids: list[str]) -> list[int]:
    """Return the users of these external_ids, compared case-blind."""
    keys = [fold(external_id) for external_id in external_ids]
    marks = ",".join("?" * len(keys))
    return [
        row[0]
        for row in db.execute(f"SELECT id FROM users WHERE external_key IN ({marks}) ORDER BY id", keys)
    ]


def _narrowed(roles: list[str], external_id: str | None) -> tuple[str, list[str]]:
    conditions, values = ["active"], [*roles]
    if roles:
        conditions.append(f"role IN ({','.join('?' * len(roles))})")
    if external_id is not None:
        conditions.append("external_key = ?")
        values.append(fold(external_id))
    return " AND ".join(conditions), values


def _condition(key: str | None, text: str) -> tuple[str, list[str]]:
    match key:
        case "email":
            return f"id IN ({BY_EMAIL})", [tidy_email(text)]
        case "external_id":
            return "external_key = ?", [fold(text)]
        case "role":
            return "role = ?", [text]
        case "phone":
            numbers = "SELECT user_id FROM identities WHERE type = 'phone_number' AND value = ?"
            return f"(phone = ? OR id IN ({numbers}))", [text, text]
        case None | "name":
            like = "SELECT user_id FROM identities WHERE type = 'email' AND instr(value, ?)"
            return f"(instr(haystack, ?) OR id IN ({like}))", [text.lower()] * 2
        case _:
            return "instr(haystack, ?)", [text.lower()]
