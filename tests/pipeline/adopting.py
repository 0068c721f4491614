"""Customers of every kind of field, and an account that has some of them before zdpipe comes."""

from __future__ import annotations

from typing import Any

from tests.pipeline.world import QUERY, World
from zdpipe.model.adoption import Adoption
from zdpipe.pipeline.adopt import adopt_query
from zdpipe.pipeline.plan import plan_query
from zdpipe.state.known_users import lookup

SQL = (
    'SELECT id AS external_id, name AS name, email AS email, phone AS phone, city AS "user_fields.city",'
    ' opted AS "user_fields.email_opt_in", CAST(born AS DATE) AS "user_fields.birthdate",'
    ' CAST(ltv AS DOUBLE) AS "user_fields.lifetime_value"'
    " FROM Customer_360"
)
HELD = {"phone": "+12063428631", "city": "Oslo", "opted": "true", "born": "1990-01-31", "ltv": "12.5"}
COLUMNS = ("id", "name", "email", *HELD)
IN_ZENDESK = {
    "phone": "(206) 342-8631",
    "user_fields": {
        "city": "Oslo", "email_opt_in": True, "birthdate": "1990-01-31", "lifetime_value": 12.5,
    },
}  # fmt: skip


def customers(world: World, *rows: dict[str, Any]) -> None:
    world.customers([tuple(row.get(name) for name in COLUMNS) for row in rows])


def a(key: str | None, email: str | None = None, **values: Any) -> dict[str, Any]:
    return {"id": key, "name": "Name", "email": email} | HELD | values


def tell(world: World, **user: Any) -> int:
    """Somebody made a user before zdpipe came."""
    world.clock.advance(1)
    body = {"skip_verify_email": True, "name": "Name"} | IN_ZENDESK | user
    return int(world.tell("/api/v2/users", {"user": body})["user"]["id"])


def adopt(world: World) -> Adoption:
    world.clock.advance(1)
    return adopt_query(world.bench, QUERY)


def plan(world: World) -> Any:
    return plan_query(world.bench, QUERY)


def known(world: World, key: str) -> Any:
    return lookup(world.folder / ".zdpipe" / "known" / "127.0.0.1_8977.duckdb", key, world.clock)


def rewrite(world: World, user_id: int, **user: Any) -> None:
    """Somebody else changes a user of the account."""
    world.clock.advance(1)
    world.act("PUT", f"/api/v2/users/{user_id}", {"user": user})
