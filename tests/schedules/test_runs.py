"""Whole runs under schedules, resumed or planned anew after every stop: the account equals the query."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.delivery.unruly import PowerCut
from tests.pipeline.world import QUERY, World
from tests.schedules.schedule import bad_rows, schedule
from tests.stories.matrix import differing
from zdpipe.errors import ZdpipeError
from zdpipe.model.run import RunReport
from zdpipe.pipeline.history import list_runs
from zdpipe.pipeline.preview import preview_query
from zdpipe.simulator.settings import Settings

PEOPLE = 240
KNOWN = 80
MOST_SITTINGS = 40
# The last one once found people of a superseded run that nobody counted.
SMOKE = (0, 1, 2, 64)
MANY = range(10, 70)


def customers(city: str, count: int) -> list[tuple[str, str, str, str]]:
    return [(f"id-{n}", f"Customer {n}", f"c{n}@example.com", city) for n in range(count)]


def sit_down(world: World, dice: random.Random, may_plan_anew: bool) -> RunReport | None:
    """Resume the run, or plan anew, or say that this sitting came to nothing."""
    try:
        runs = list_runs(world.bench)
        going = runs and runs[0].finished_at is None and runs[0].counts.read >= PEOPLE
        report = world.resume() if going and not (may_plan_anew and dice.random() < 0.4) else world.run()
    except (PowerCut, ZdpipeError):
        world.clock.advance(1)
        return None
    assert isinstance(report, RunReport)
    return report if report.finished_at is not None and report.counts.read else None


def finish(world: World, dice: random.Random, may_plan_anew: bool) -> RunReport:
    for _ in range(MOST_SITTINGS):
        report = sit_down(world, dice, may_plan_anew)
        if report is not None:
            return report
    raise AssertionError("it never ended")


def cut_power_now_and_then(world: World, dice: random.Random) -> None:
    cuts = dice.choice([0, 0, 1, 3])

    def maybe(_: httpx.Request) -> None:
        nonlocal cuts
        if cuts and dice.random() < 0.1:
            cuts -= 1
            raise PowerCut

    world.network.on_request = maybe


def suffer(folder: Path, seed: int) -> None:
    dice = random.Random(-seed)
    document, may_plan_anew = schedule(seed), dice.random() < 0.5
    folder.mkdir(exist_ok=True)
    world = World(folder)
    world.lift_guards()
    zendesk = world.simulator.zendesk
    try:
        zendesk.settings = Settings(job_seconds=dice.choice([0.0, 1.0, 7.0]))
        world.customers(customers("Bergen", KNOWN))
        assert world.run().counts.created == KNOWN
        world.customers(customers("Oslo", PEOPLE))
        zendesk.script(document)
        cut_power_now_and_then(world, dice)
        last = finish(world, dice, may_plan_anew)
        world.network.on_request = None
        zendesk.script({"faults": []})
        zendesk.settings = replace(zendesk.settings, requests_per_minute=1_000_000)
        check(world, last, bad_rows(document), resumed_only=not may_plan_anew)
    finally:
        world.close()


def check(world: World, last: RunReport, bad: set[str], *, resumed_only: bool) -> None:
    """The account equals the query's valid people but those Zendesk refuses; the reports say the same."""
    payloads = preview_query(world.bench, QUERY, limit=PEOPLE)
    sent = {user["external_id"]: user for user in map(json.loads, payloads)}
    assert len(sent) == PEOPLE
    failing = {key for key in sent if key[-1] in bad}
    users = everybody(world)
    known = {f"id-{n}" for n in range(KNOWN)}
    assert set(users) == (set(sent) - failing) | known
    for key in set(sent) - failing:
        assert differing(sent[key], users[key]) == {}, key
    for key in failing & known:
        assert users[key]["user_fields"]["city"] == "Bergen"
    assert last.counts.failed == len(failing)
    runs = list_runs(world.bench, limit=100)
    assert sum(run.counts.created for run in runs) == world.stats["users_created"] == len(users)
    if resumed_only:
        assert last.counts.updated == len(known - failing)
        assert last.counts.created == len(set(sent) - known - failing)


def everybody(world: World) -> dict[str, Any]:
    found: list[Any] = []
    cursor = ""
    while True:
        page = world.ask(f"/api/v2/users?role=end-user&page[size]=100{cursor}")
        found += page["users"]
        if not page["meta"]["has_more"]:
            break
        cursor = f"&page[after]={page['meta']['after_cursor']}"
    users = {user["external_id"]: user for user in found}
    assert len(users) == len(found), "somebody was created twice"
    return users


@pytest.mark.parametrize("seed", SMOKE)
def test_the_account_equals_the_query(tmp_path: Path, seed: int) -> None:
    suffer(tmp_path / "project", seed)


@pytest.mark.schedules
@pytest.mark.parametrize("seed", MANY)
def test_many_schedules(tmp_path: Path, seed: int) -> None:
    suffer(tmp_path / "project", seed)
