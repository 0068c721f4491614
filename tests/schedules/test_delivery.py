"""An outbox under hundreds of schedules, with kills in between: nobody is lost, doubled or miscounted."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.delivery.unruly import PowerCut
from tests.delivery.world import World, address, people
from tests.schedules.schedule import bad_rows, schedule
from zdpipe.errors import Interrupted
from zdpipe.model.batch import OutboxItem
from zdpipe.simulator.settings import Settings
from zdpipe.zendesk.failures import RequestFailure

SMOKE = range(12)
MANY = range(100, 500)
# Seeds that once found a bug.
FAILED_ONCE: tuple[int, ...] = (181, 194, 293, 348)
MOST_SITTINGS = 60


def outbox() -> list[OutboxItem]:
    """Return 40 people in four batches; four of them have a second address, two a third."""
    leads = people(40, size=10)
    second = [address(leads[n], 5, n, f"second{n}@example.com") for n in range(4)]
    third = [address(second[n], 6, n, f"third{n}@example.com") for n in range(2)]
    return [*leads, *second, *third]


def cut_power_now_and_then(world: World, dice: random.Random) -> None:
    """Let the process end before some requests, as often as the seed says."""
    chance = dice.choice([0.0, 0.0, 0.05, 0.2])
    cuts = dice.randint(1, 5)

    def maybe(_: httpx.Request) -> None:
        nonlocal cuts
        if cuts and dice.random() < chance:
            cuts -= 1
            raise PowerCut

    world.network.on_request = maybe


def deliver(world: World) -> None:
    """Sit down as often as it takes."""
    for _ in range(MOST_SITTINGS):
        try:
            world.deliver()
        except (PowerCut, Interrupted, RequestFailure):
            world.fake.advance(1)
        else:
            return
    raise AssertionError("it never ended")


def suffer(folder: Path, seed: int) -> None:
    dice = random.Random(-seed)
    document = schedule(seed)
    settings = Settings(
        job_seconds=dice.choice([0.0, 1.0, 7.0]), requests_per_minute=dice.choice([30, 200, 700])
    )
    world = World(folder, outbox(), settings=settings, users_per_second=dice.choice([10, 100]))
    try:
        world.simulator.zendesk.script(document)
        cut_power_now_and_then(world, dice)
        deliver(world)
        world.network.on_request = None
        zendesk = world.simulator.zendesk
        zendesk.script({"faults": []})
        zendesk.settings = replace(settings, requests_per_minute=1_000_000)
        check(world, bad_rows(document))
    finally:
        world.close()


def check(world: World, bad: set[str]) -> None:
    """The account has everybody but the bad rows, as they were sent; the report says the same."""
    world.assert_delivered()
    failing = {item.key for item in world.items if item.key[-1] in bad}
    objects = [item for item in world.items if item.key not in failing]
    leads = {item.key for item in objects if item.sending.value == "create"}
    failed = len(world.items) - len(objects)
    expected = {"created": len(leads), "updated": len(objects) - len(leads), "failed": failed}
    assert world.tally() == {name: number for name, number in expected.items() if number}
    users = {user["external_id"]: user for user in world.users()}
    assert set(users) == leads
    for item in objects:
        assert json.loads(item.payload)["email"] in world.emails(users[item.key]["id"])
    stats = world.stats()
    assert stats["users_created"] == len(leads)
    assert stats["max_users_in_one_second"] <= 100


def test_the_schedules_strike(tmp_path: Path) -> None:
    """Most faults that are drawn hit something, else the schedules would show nothing."""
    drawn = struck = 0
    for seed in range(5):
        folder = tmp_path / str(seed)
        folder.mkdir()
        world = World(folder, outbox())
        world.simulator.zendesk.script(schedule(seed))
        deliver(world)
        hits = [fault["hits"] for fault in world.ask("/simulator/faults")["faults"]]
        drawn, struck = drawn + len(hits), struck + sum(hit > 0 for hit in hits)
        world.close()
    assert struck > drawn / 2


@pytest.mark.parametrize("seed", [*SMOKE, *FAILED_ONCE])
def test_nobody_is_lost_doubled_or_miscounted(tmp_path: Path, seed: int) -> None:
    suffer(tmp_path, seed)


@pytest.mark.schedules
@pytest.mark.parametrize("seed", MANY)
def test_hundreds_of_schedules(tmp_path: Path, seed: int) -> None:
    suffer(tmp_path, seed)
