"""How the account stands towards its caller: role, rights, credentials, as its settings or a fault say."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zdpipe.simulator.settings import Settings

CUSTOM_ROLE = 32_152_000_000_001


@dataclass(frozen=True, slots=True)
class Standing:
    """What the caller is and may; `scope` None leaves a token the scope it was given."""

    bulk_import: bool
    role: str
    anonymous: bool = False
    credentials: str = "accepted"
    scope: str | None = None


def load_standing(db: sqlite3.Connection, settings: Settings) -> Standing:
    """Return how the account stands now: its settings, and what faults have changed since."""
    changed = {name: json.loads(value) for name, value in db.execute("SELECT name, value FROM standing")}
    return Standing(**{"bulk_import": settings.bulk_import, "role": settings.role, **changed})


def role_properties(role: str) -> dict[str, Any]:
    """Return what users/me shows of a caller's role, one of CALLER_ROLES."""
    kinds = {"admin": 4, "custom agent": 0, "light agent": 1}
    return {
        "role": "agent" if role.endswith("agent") else role,
        "role_type": kinds.get(role),
        "custom_role_id": CUSTOM_ROLE if role == "custom agent" else None,
        "restricted_agent": role == "end-user",
    }


def change_standing(db: sqlite3.Connection, changes: Mapping[str, Any], now: float) -> None:
    """Change names of Standing for good; `tokens` "expired" ends every token handed out so far."""
    for name, value in changes.items():
        if name == "tokens":
            db.execute("UPDATE tokens SET expires = min(coalesce(expires, :now), :now)", {"now": now})
        else:
            db.execute("INSERT OR REPLACE INTO standing VALUES (?, ?)", (name, json.dumps(value)))


def reset_standing(db: sqlite3.Connection) -> None:
    """Let the settings alone count again."""
    db.execute("DELETE FROM standing")
