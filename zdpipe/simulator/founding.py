"""What a new account begins with."""

from __future__ import annotations

import sqlite3

from zdpipe.simulator.fields import add_field, spec_as_sent
from zdpipe.simulator.people import EMAIL, People
from zdpipe.simulator.properties import apply_properties, new_user
from zdpipe.simulator.settings import Settings


def found_account(db: sqlite3.Connection, settings: Settings, at: float) -> None:
    """Give a new account its admin and custom fields; an account that has users is left as it is."""
    if db.execute("SELECT 1 FROM users LIMIT 1").fetchone():
        return
    for spec in settings.user_fields:
        add_field(db, spec_as_sent(spec), at)
    people = People(db, (), (), ())
    admin = people.add(new_user(at))
    apply_properties(admin.body, {"name": "Simulator Admin", "role": "admin"})
    people.add_identity(admin, EMAIL, settings.admin_email, verified=True, at=at)
    admin.body.update(email=settings.admin_email, verified=True)
    people.save()
