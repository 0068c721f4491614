"""Small accounts of which customers leave."""

from __future__ import annotations

from typing import Any

from tests.pipeline.world import World


def act(world: World, action: str, **more: str) -> None:
    """Let the project act on people who are gone; the world is small, so every guard is lifted."""
    world.destinations()
    world.lift_guards()
    table = {"action": action, **more}
    lines = "\n".join(f'{name} = "{value}"' for name, value in table.items())
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[gone]\n{lines}\n")


def people(*numbers: int, city: str | None = "Oslo") -> list[tuple[Any, ...]]:
    return [(f"id-{n}", f"Customer {n}", f"c{n}@example.com", city) for n in numbers]


def user(world: World, number: int) -> dict[str, Any] | None:
    found = world.ask(f"/api/v2/users/show_many?external_ids=id-{number}")["users"]
    active = [one for one in found if one["active"]]
    return active[0] if active else None


def seen(world: World, number: int) -> dict[str, Any]:
    found = user(world, number)
    assert found is not None
    return found
