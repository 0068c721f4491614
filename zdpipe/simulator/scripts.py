"""The faults an account follows, kept with their counts in the account itself."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from zdpipe.simulator.effects import Effect, FailItems, JobFate, Refuse, fits
from zdpipe.simulator.faults import Fault, Script, stored_script
from zdpipe.simulator.kinds import kind_of
from zdpipe.simulator.messages import Request
from zdpipe.simulator.standing import reset_standing


@dataclass(frozen=True, slots=True)
class Hit:
    """What happens to a call: the effect that acts on it, None for none.

    `waiting` are the positions of the faults that count the call only if it makes a job.
    """

    effect: Effect | None = None
    position: int | None = None
    waiting: tuple[int, ...] = ()


def follow(db: sqlite3.Connection, script: Script) -> None:
    """Follow these faults from now on, with counts of 0; what earlier ones made of the account is undone."""
    db.execute("DELETE FROM script")
    db.execute("DELETE FROM fault_counts")
    db.execute("DELETE FROM tenants")
    reset_standing(db)
    db.execute("INSERT INTO script VALUES (?)", (json.dumps(script.document),))
    db.executemany(
        "INSERT INTO fault_counts (position) VALUES (?)", [(n,) for n in range(len(script.faults))]
    )


def go_on_with(db: sqlite3.Connection, script: Script) -> None:
    """Follow these faults, where the account already stands in them if it does."""
    followed = followed_script(db)
    if followed is None or followed.document != script.document:
        follow(db, script)


def followed_script(db: sqlite3.Connection) -> Script | None:
    """Return the faults the account follows."""
    row = db.execute("SELECT document FROM script").fetchone()
    return stored_script(row[0]) if row else None


def report(db: sqlite3.Connection) -> dict[str, Any]:
    """Return the document with `seen` and `hits` for each fault."""
    script = followed_script(db)
    if script is None:
        return {"seed": 0, "faults": []}
    counts = _counts(db)
    faults = [
        {**sent, "seen": counts[n][0], "hits": counts[n][1]}
        for n, sent in enumerate(script.document["faults"])
    ]
    return {"seed": script.seed, "faults": faults}


def draw(db: sqlite3.Connection, request: Request, users_of: Callable[[Request], list[Any]]) -> Hit:
    """Return what the first fault that hits the call does. Every fault meant for it counts it, hit or not."""
    script = followed_script(db)
    if script is None or not script.faults:
        return Hit()
    kind, counts = kind_of(request.method, request.path), _counts(db)
    meant = [n for n, fault in enumerate(script.faults) if _is_meant(fault, kind, request, users_of)]
    waiting = tuple(n for n in meant if isinstance(script.faults[n].effect, JobFate | FailItems))
    struck = [n for n in meant if script.faults[n].strikes(script.seed, n, *counts[n])]
    _count(db, "seen", meant, 1)
    _count(db, "hits", struck[:1], 1)
    return Hit(script.faults[struck[0]].effect, struck[0], waiting) if struck else Hit(waiting=waiting)


def no_job_was_made(db: sqlite3.Connection, hit: Hit) -> None:
    """Uncount the call where only the making of a job counts."""
    _count(db, "seen", hit.waiting, -1)
    _count(db, "hits", [n for n in hit.waiting if n == hit.position], -1)


def _count(db: sqlite3.Connection, name: str, positions: Iterable[int], step: int) -> None:
    db.executemany(
        f"UPDATE fault_counts SET {name} = {name} + ? WHERE position = ?", [(step, n) for n in positions]
    )


def _is_meant(fault: Fault, kind: str, request: Request, users_of: Callable[[Request], list[Any]]) -> bool:
    if not fault.concerns(kind):
        return False
    if isinstance(fault.effect, FailItems | Refuse):
        where = fault.effect.where
        return any(fits(where, user) for user in users_of(request))
    return True


def _counts(db: sqlite3.Connection) -> dict[int, tuple[int, int]]:
    rows = db.execute("SELECT position, seen, hits FROM fault_counts")
    return {position: (seen, hits) for position, seen, hits in rows}
