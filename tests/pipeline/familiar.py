"""Random customers and random known users that mostly agree, night after night."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import polars as pl

from tests.changes.rows import Known, write_known
from zdpipe.records.normalize import normalize
from zdpipe.records.rules import rules_for

COLUMNS = ("external_id", "name", "email", "phone", "user_fields.city", "user_fields.vip")
SQL = """
SELECT external_id, name, email, phone, city AS "user_fields.city", vip AS "user_fields.vip" FROM Customer_360
"""
TABLE = "external_id VARCHAR, name VARCHAR, email VARCHAR, phone VARCHAR, city VARCHAR, vip BOOLEAN"
HERE, ELSEWHERE = "queries/users.sql", "queries/others.sql"

Customer = tuple[Any, ...]


@dataclass(frozen=True)
class Night:
    """What the source has, and what is known by then."""

    customers: list[Customer]
    users: dict[str, Known]
    queries: list[tuple[str, str]]
    marks: list[tuple[str, str, str, str]]

    def write_known(self, path: Path) -> Path:
        """Write the known users as merges would have left them."""
        write_known(path, self.users, self.queries)
        with duckdb.connect(path) as connection:
            for mark in self.marks:
                connection.execute("INSERT INTO marks VALUES (?, ?, ?, ?)", mark)
            # Two keys of one user, where somebody was known under an address first.
            connection.execute("UPDATE users SET zendesk_id = zendesk_id // 2 WHERE zendesk_id % 7 = 1")
        return path


def nights(random: Random, worlds: int, count: int) -> list[Night]:
    """Return so many nights of several small worlds side by side: within one everything collides."""
    customers = [_customers(random, world) for world in range(worlds)]
    made = []
    for _ in range(count):
        customers = [_moved_on(random, world, some) for world, some in enumerate(customers)]
        made.append(_night(random, [customer for some in customers for customer in some], worlds))
    return made


def _customers(random: Random, world: int) -> list[Customer]:
    return [_customer(random, world) for _ in range(random.randrange(8))] + [
        _alone(random, f"{world}-{number}") for number in range(random.randrange(6))
    ]


def _alone(random: Random, name: str) -> Customer:
    _, *rest = _customer(random, 0)
    rest[1] = random.choice([f"{name}@alone.org", None])
    return (name, *rest)


def _customer(random: Random, world: int) -> Customer:
    def some(*values: str | None) -> str | None:
        value = random.choice(values)
        return value.replace("#", str(world)) if value else value

    return (
        some("A#", "a#", "b#", "c#", "d#", "e#", " f# ", "a@#.org", None),
        some("Ann", "Bob", " Zoë ", "Joe", None) if random.random() < 0.2 else some("Ann", "Bob"),
        some("a@#.org", "b@#.org", "c@#.org", " D@#.org", "e@#.org", "f@#.org", "no address", None, None),
        some("(212) 736-5000", "+12127365001", "123", None),
        some("Ulm", " Ulm", "Köln", "x" * 20, None),
        random.choice([True, False, None]),
    )


def _moved_on(random: Random, world: int, customers: Sequence[Customer]) -> list[Customer]:
    """Let some customers of a world change, leave, come, or be there twice."""
    if random.random() < 0.4:
        return list(customers)
    moved = []
    for customer in customers:
        fate = random.randrange(8)
        if fate == 0:
            continue
        other = _customer(random, world)
        column = random.randrange(len(COLUMNS))
        changed = (*customer[:column], other[column], *customer[column + 1 :])
        moved += [changed] if fate == 1 else [customer, customer] if fate == 2 else [customer]
    return [*moved, *(_customer(random, world) for _ in range(random.randrange(2)))]


def _night(random: Random, customers: list[Customer], worlds: int) -> Night:
    users = _users(random, customers)
    for world in range(worlds):  # whoever is known and in no row
        if random.random() < 0.3:
            gone = Known(f"g{world}", f"g@{world}.org", frozenset({f"g@{world}.org"}), {"name": "Gus"})
            users[f"g{world}"] = gone
        if random.random() < 0.2:
            email = random.choice([f"a@{world}.org", f"c@{world}.org"])
            users.setdefault(email, Known(None, email, frozenset({email}), {"name": "Ann"}))
    keys = sorted(users)
    queries = [(HERE, key) for key in keys if random.random() < 0.85]
    queries += [(ELSEWHERE, key) for key in keys if random.random() < 0.2]
    marks = [(key, "tag", "left", HERE) for key in keys if random.random() < 0.05]
    marks += [
        (key, "suspended", "", random.choice([HERE, ELSEWHERE])) for key in keys if random.random() < 0.05
    ]
    return Night(customers, users, queries, marks)


def _users(random: Random, customers: list[Customer]) -> dict[str, Known]:
    """Return users who are known as their rows are, most of them."""
    frame = pl.DataFrame(
        customers,
        schema={name: pl.Boolean if name.endswith("vip") else pl.String for name in COLUMNS},
        orient="row",
    )
    users: dict[str, Known] = {}
    for record in normalize(frame, 1, rules_for(frame.schema)).records.iter_rows(named=True):
        values = {name: json.loads(record[name]) for name in COLUMNS[1:] if name != "email" and record[name]}
        emails = {record["email"]} - {None}
        fate = random.randrange(20)
        if fate == 0:
            continue
        if fate == 1:
            values["name"] = "Eve"
        if fate == 2:
            emails |= {random.choice(["a", "b", "c", "e"]) + "@" + str(random.randrange(3)) + ".org"}
        primary = None if fate == 3 else record["email"]
        users.setdefault(record["key"], Known(record["external_id"], primary, frozenset(emails), values))
    return users
