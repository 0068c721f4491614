"""Whatever others and later runs do, every difference is found, and told by who made it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pipeline.verifying import (
    FIELDS,
    OTHER,
    customers,
    others_remove_address,
    others_write,
    person,
    prepare,
    told,
    verified,
)
from tests.pipeline.world import QUERY, World

PEOPLE = 3
# Values by version; no two of a field are alike in normal form. The last one only others write.
VALUES: dict[str, tuple[Any, ...]] = {
    "name": ("Ann", "Änn", "Somebody"),
    "alias": ("a", "b", ""),
    "tags": (["vip", "one"], ["two"], ["vip", "other"]),
    "city": ("Oslo", "Rome", "oslo"),
    "opted": (True, True, False),
    "born": (date(1990, 1, 31), date(2001, 12, 1), None),
    "ltv": (Decimal("12.5"), Decimal("-0.01"), 12.51),
    "points": (7, 8, 0),
    "tier": ("gold", "silver", None),
    "likes": (["opera", "chess"], ["golf"], ["chess", "opera", "golf"]),
    "phone": ("+12065550134", "+12065550134", ""),
    "email": ("{}@example.com", "{}@example.com", None),
}
CITIES = ("name", "city")
PLACES = st.integers(0, PEOPLE - 1)
EDITS = st.tuples(st.just("others"), PLACES, st.sampled_from(sorted(VALUES)))
RUNS = st.tuples(st.sampled_from(["run", "cities"]), PLACES, st.sampled_from(sorted(VALUES)))


def everybody(version: int = 0) -> list[dict[str, int]]:
    return [dict.fromkeys(VALUES, version) for _ in range(PEOPLE)]


@dataclass
class Oracle:
    """What the source, the known users and the account hold, as versions of values, and what a run sent."""

    source: list[dict[str, int]] = field(default_factory=everybody)
    known: list[dict[str, int]] = field(default_factory=lambda: everybody(-1))
    account: list[dict[str, int]] = field(default_factory=lambda: everybody(-1))

    def run(self, names: tuple[str, ...]) -> None:
        """Whoever changed in a field of the query is sent whole."""
        for source, known, account in zip(self.source, self.known, self.account, strict=True):
            if any(value(name, source[name]) != value(name, known[name]) for name in names):
                for name in names:
                    known[name] = account[name] = source[name]

    def differences(self) -> set[tuple[str, str | None, str]]:
        found: set[tuple[str, str | None, str]] = set()
        for number in range(PEOPLE):
            for name, column in FIELDS.items():
                known, there = self.known[number][name], self.account[number][name]
                if value(name, known) != value(name, there):
                    found.add((f"k{number}", column, "drift"))
                elif value(name, known) != value(name, 0):
                    found.add((f"k{number}", column, "later"))
        return found


def value(name: str, version: int) -> Any:
    return "nobody ever sent it" if version < 0 else VALUES[name][version]


def row(number: int, versions: dict[str, int]) -> dict[str, Any]:
    values = {name: VALUES[name][version] for name, version in versions.items()}
    number_of_phone = f"{values['phone'][:-1]}{number}"
    return person(number, **values | {"email": values["email"].format(number), "phone": number_of_phone})


def change(world: World, number: int, name: str) -> None:
    last = VALUES[name][-1]
    if name == "email":
        others_remove_address(world, f"k{number}")
    elif FIELDS[name].startswith("user_fields."):
        others_write(world, f"k{number}", user_fields={FIELDS[name].partition(".")[2]: last})
    else:
        others_write(world, f"k{number}", **{name: last})


@pytest.mark.histories
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EDITS | EDITS | RUNS, max_size=10))
def test_exactly_what_was_planted_is_found(actions: list[tuple[str, int, str]]) -> None:
    with TemporaryDirectory() as folder, closing(World(Path(folder) / "project")) as world:
        prepare(world)
        oracle = Oracle()
        customers(world, *(row(number, versions) for number, versions in enumerate(oracle.source)))
        first = world.run().run_id
        oracle.run(tuple(VALUES))
        for who, number, name in actions:
            if who == "others":
                change(world, number, name)
                oracle.account[number][name] = len(VALUES[name]) - 1
                continue
            oracle.source[number][name] = 1 - oracle.source[number][name]
            customers(world, *(row(number, versions) for number, versions in enumerate(oracle.source)))
            world.run(QUERY if who == "run" else OTHER)
            oracle.run(tuple(VALUES) if who == "run" else CITIES)
        found = verified(world, first)
        assert told(found) == oracle.differences()
        assert found.tally.values == PEOPLE * (len(VALUES) + 1)
