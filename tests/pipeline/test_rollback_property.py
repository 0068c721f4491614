"""Taking a run back restores whoever was there before it, but for what others changed since."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pipeline.adopting import COLUMNS, SQL, adopt, customers, plan, rewrite, tell
from tests.pipeline.test_rollback import account, take_back
from tests.pipeline.world import QUERY, World

PEOPLE = 4
_NUMBERS = tuple(range(PEOPLE))
# The second person is known by their address alone.
ALONE = 1
ELSEWHERE = {"city": "Elsewhere", "lifetime_value": 999}


def key_of(number: int) -> str | None:
    return None if number == ALONE else f"k{number}"


def identity_of(number: int) -> str:
    return key_of(number) or f"c{number}@example.com"


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of some of the people, each with values of their own, and maybe a further address."""
    found = []
    for number in draw(st.sets(st.sampled_from(_NUMBERS), min_size=1)):
        values = {
            "name": draw(st.sampled_from(["Ann", "Bob"])),
            "phone": draw(st.sampled_from([None, f"+1206342863{number}", f"+1206342864{number}"])),
            "city": draw(st.sampled_from([None, "Oslo", "Rome"])),
            "opted": draw(st.sampled_from([None, "true", "false"])),
            "born": draw(st.sampled_from([None, "1990-01-31", "1991-02-28"])),
            "ltv": draw(st.sampled_from([None, "1", "2.5"])),
        }
        addresses = ["c"] if number == ALONE else draw(st.sampled_from([["c"], ["d"], ["c", "d"]]))
        found += [
            {"id": key_of(number), "email": f"{letter}{number}@example.com"} | values for letter in addresses
        ]
    return found


@st.composite
def users(draw: st.DrawFn) -> dict[int, dict[str, Any]]:
    """Users whom somebody made before zdpipe came, some with values that no query has."""
    made = {}
    for number in draw(st.sets(st.sampled_from(_NUMBERS))):
        fields = {
            "city": draw(st.sampled_from([None, "Oslo", "Bergen"])),
            "email_opt_in": draw(st.booleans()),
            "birthdate": draw(st.sampled_from([None, "1990-01-31"])),
            "lifetime_value": draw(st.sampled_from([None, 1, 7.25])),
        }
        phone = draw(st.sampled_from([None, f"+1206342863{number}", f"+1206342865{number}"]))
        made[number] = {"name": "Ann", "phone": phone, "user_fields": fields}
    return made


edits = st.sets(st.tuples(st.sampled_from(_NUMBERS), st.sampled_from(sorted(ELSEWHERE))))


@pytest.mark.parametrize("adopts", [False, True], ids=["plain", "adopted"])
@pytest.mark.histories
@given(made=users(), first=rows(), second=rows(), edited=edits)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_everybody_who_was_there_is_as_before_but_for_foreign_edits(
    adopts: bool,
    made: dict[int, dict[str, Any]],
    first: list[dict[str, Any]],
    second: list[dict[str, Any]],
    edited: set[tuple[int, str]],
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        closing(new_world(Path(folder), patch)) as world,
    ):
        for number, user in made.items():
            tell(world, external_id=key_of(number), email=f"c{number}@example.com", **user)
        customers(world, *first)
        if adopts:
            adopt(world)
        world.run()
        customers(world, *second)
        before = account(world)
        run = world.run(remember=True)
        after = account(world)
        touched = edit(world, edited, after)
        found, report = take_back(world, run.run_id)
        assert all(entry.reason in {"created", "changed_by_others"} for entry in found.examples)
        expected = {
            (identity_of(number), f"user_fields.{name}")
            for (user_id, number), names in touched.items()
            for name in names
            if user_id in before and before[user_id][1][name] != after[user_id][1][name]
        }
        assert {(entry.key, entry.column) for entry in found.examples if entry.column} == expected
        restored = account(world)
        for user_id, (properties, fields, identities) in before.items():
            names = next((names for (edited_id, _), names in touched.items() if edited_id == user_id), set())
            wanted = fields | {name: ELSEWHERE[name] for name in names}
            assert restored[user_id] == (properties, wanted, identities)
        assert report is None or report.counts.failed == 0
        again = plan(world)
        assert again.counts.created == 0


def edit(world: World, edited: set[tuple[int, str]], held: dict[int, Any]) -> dict[tuple[int, int], set[str]]:
    """Somebody else changes fields of users; return which of whom."""
    found: dict[tuple[int, int], set[str]] = {}
    for number, name in edited:
        for user_id, (properties, _, identities) in held.items():
            mine = ("email", f"c{number}@example.com") in {entry[:2] for entry in identities}
            if mine or properties["external_id"] == f"k{number}":
                rewrite(world, user_id, user_fields={name: ELSEWHERE[name]})
                found.setdefault((user_id, number), set()).add(name)
    return found


def new_world(folder: Path, patch: pytest.MonkeyPatch) -> World:
    patch.setattr("tests.pipeline.world.COLUMNS", ", ".join(f"{name} VARCHAR" for name in COLUMNS))
    project = folder / "project"
    project.mkdir()
    world = World(project)
    world.write(QUERY, SQL)
    world.lift_guards()
    return world
