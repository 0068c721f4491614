"""People with a value of every kind, whom runs and others change in turn."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from tests.pipeline.world import QUERY, World
from zdpipe.model.verification import Verification
from zdpipe.pipeline.verify import verify_run

COLUMNS = {
    "id": "VARCHAR",
    "name": "VARCHAR",
    "email": "VARCHAR",
    "phone": "VARCHAR",
    "alias": "VARCHAR",
    "tags": "VARCHAR[]",
    "city": "VARCHAR",
    "opted": "BOOLEAN",
    "born": "DATE",
    "ltv": "DECIMAL(18, 4)",
    "points": "INTEGER",
    "tier": "VARCHAR",
    "likes": "VARCHAR[]",
}
FIELDS = {
    "city": "user_fields.city",
    "opted": "user_fields.email_opt_in",
    "born": "user_fields.birthdate",
    "ltv": "user_fields.lifetime_value",
    "points": "user_fields.loyalty_points",
    "tier": "user_fields.tier",
    "likes": "user_fields.likes",
    **{name: name for name in ("name", "email", "phone", "alias", "tags")},
}
_LISTED = ", ".join(f'{column} AS "{field}"' for column, field in FIELDS.items())
SQL = f"SELECT id AS external_id, {_LISTED} FROM people"
CITY_ONLY = 'SELECT id AS external_id, name AS name, city AS "user_fields.city" FROM people'
OTHER = QUERY.with_name("cities.sql")
OPTIONS = [{"name": word.title(), "value": word} for word in ("gold", "silver", "opera", "chess", "golf")]


def person(number: int, **values: Any) -> dict[str, Any]:
    """Return a customer with a value of every kind."""
    return {
        "id": f"K{number}",
        "name": f"Customer {number}",
        "email": f"c{number}@example.com",
        "phone": f"+1206555{number:04}",
        "alias": f"alias {number}",
        "tags": ["vip", f"group_{number}"],
        "city": "Oslo",
        "opted": True,
        "born": date(1990, 1, 31),
        "ltv": Decimal("12.5"),
        "points": 7,
        "tier": "gold",
        "likes": ["opera", "chess"],
    } | values


def prepare(world: World) -> None:
    """Give the project its queries, and the account its fields with options."""
    for kind, key in (("dropdown", "tier"), ("multiselect", "likes")):
        world.create_field(key=key, type=kind, title=key, custom_field_options=OPTIONS)
    world.write(QUERY, SQL)
    world.write(OTHER, CITY_ONLY)
    world.lift_guards()
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write("\n[fields.tags]\nallow = true\nmode = 'replace'\n")


def customers(world: World, *people: dict[str, Any]) -> None:
    """Replace the source by these people."""
    path = world.folder / "data.duckdb"
    path.unlink(missing_ok=True)
    with closing(duckdb.connect(path)) as connection:
        connection.execute(f"CREATE TABLE people ({', '.join(f'{n} {k}' for n, k in COLUMNS.items())})")
        marks = ", ".join("?" * len(COLUMNS))
        for each in people:
            connection.execute(f"INSERT INTO people VALUES ({marks})", [each.get(name) for name in COLUMNS])


def user_of(world: World, key: str) -> dict[str, Any]:
    """Return the user of an external_id as the account shows it."""
    (user,) = world.ask(f"/api/v2/users/show_many?external_ids={key}")["users"]
    return dict(user)


def others_write(world: World, key: str, **user: Any) -> None:
    """Let somebody else change a user, some time after everything that was."""
    world.clock.advance(61)  # a user may be written five times a minute, one by one
    world.act("PUT", f"/api/v2/users/{user_of(world, key)['id']}", {"user": user})
    world.clock.advance(2)


def others_remove_address(world: World, key: str) -> None:
    """Let somebody else remove a user's addresses."""
    world.clock.advance(61)
    user = user_of(world, key)["id"]
    for identity in world.ask(f"/api/v2/users/{user}/identities")["identities"]:
        if identity["type"] == "email":
            world.act("DELETE", f"/api/v2/users/{user}/identities/{identity['id']}")
    world.clock.advance(2)


def verified(world: World, run_id: str | None = None, sample: int | None = None) -> Verification:
    """Read a run back; every value has one verdict."""
    found = verify_run(world.bench, run_id, sample=sample)
    tally = found.tally
    assert tally.values == tally.same + tally.later + tally.drift + tally.missed
    assert len(found.differences) == tally.later + tally.drift + tally.missed + tally.gone
    assert found.is_good is not (tally.drift + tally.missed + tally.gone > 0)
    return found


def told(found: Verification) -> set[tuple[str, str | None, str]]:
    """Return who differs in what, and why."""
    return {(each.key, each.field, each.cause.value) for each in found.differences}
