"""Rows that are remembered are set aside, and nothing anybody can see tells the difference."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.changes.rows import Known
from tests.pipeline.familiar import ELSEWHERE, HERE, SQL, TABLE, Night, nights
from tests.pipeline.world import QUERY, World
from zdpipe.changes.gone import Intent
from zdpipe.changes.nearby import Nearby
from zdpipe.changes.workspace import Wanted
from zdpipe.engine.duckdb import Session
from zdpipe.model.gone import GoneAction
from zdpipe.model.policy import FieldPolicy, Nulls
from zdpipe.model.run import Counts
from zdpipe.model.staff import Member, Staff
from zdpipe.pipeline import recollecting, staging
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.planning import Planned, planned
from zdpipe.pipeline.prepare import prepared, read_one_query
from zdpipe.pipeline.sifting import Batch
from zdpipe.pipeline.terms import Terms
from zdpipe.records.rules import rules_for
from zdpipe.state.folder import prepare_state_folder


@pytest.fixture(autouse=True)
def _few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zdpipe.pipeline.planning.FEWEST", 1)


def everything(world: World, known: Path, terms: Terms) -> dict[str, Any]:
    """All that a plan and its run tell."""
    with (
        TemporaryDirectory() as name,
        prepared(world.bench, read_one_query(world.bench, QUERY)) as ready,
        planned(world.bench, ready, Path(name), known, terms) as plan,
    ):
        return _told(plan, Path(name))


def _told(plan: Planned, folder: Path) -> dict[str, Any]:
    space, leavers = plan.workspace, plan.compared.leavers
    return {
        "counts": plan.counts,
        "gone": plan.gone,
        "rejections": plan.rejections,
        "warnings": plan.warnings,
        "changed": (space.changed_by_field(), space.changed_by_field(only_known=True)),
        "guards": (space.known(), space.sent(HERE), space.cleared(), space.promoted()),
        "respelled": space.respelled(),
        "identities": space.identities(5),
        "new addresses": space.new_addresses(5),
        "examples": space.examples(5),
        "others": leavers.other_queries(),
        "users": sorted(leavers.users()),
        "deeds": leavers.plan(Intent(GoneAction.TAG, "left", dict.fromkeys(leavers.other_queries()))),
        "errands": leavers.print_errands(),
        "members": sorted(row for part in leavers.members(join=True) for row in part.to_pylist_rows())
        if False
        else sorted(
            (row["key"], row["is_there"]) for part in leavers.members(join=True) for row in part.to_pylist()
        ),
        "sources": _kept(plan, folder),
        "batches": space.write_outbox(folder / "outbox.parquet", 100),
        "outbox": pl.read_parquet(folder / "outbox.parquet").rows(),
        **{
            f"{name} file": _file(folder / f"{name}.parquet") for name in ("rejects", "warnings", "conflicts")
        },
    }


def _kept(plan: Planned, folder: Path) -> Any:
    plan.keep_sources()
    return _file(folder / "sources.parquet")


def _file(path: Path) -> list[Any]:
    return pl.read_parquet(path).sort(pl.all()).rows() if path.exists() else []


def customers(world: World, rows: list[tuple[Any, ...]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.pipeline.world.COLUMNS", TABLE)
        world.customers(rows)


def plan(world: World, night: Night, *, remembering: bool = True) -> dict[str, Any]:
    """Compare a night's customers with its known users."""
    known = night.write_known(world.folder / "known.duckdb")
    customers(world, night.customers)
    terms = Terms(keep_sources=True, mark_respelled=True)
    file = world.folder / "familiar.parquet" if remembering else None
    return everything(world, known, replace(terms, familiar=file))


@pytest.fixture
def here(world: World) -> World:
    world.write(QUERY, SQL)
    prepare_state_folder(world.bench.project.paths.state)
    return world


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of rows that were normalized, and not just remarked upon."""
    rows: list[int] = []
    prepare = staging._prepare

    def spy(batch: Batch, **options: Any) -> Any:
        if batch.remarked is None:
            rows.extend(batch.rows)
        return prepare(batch, **options)

    monkeypatch.setattr(staging, "_prepare", spy)
    return rows


def customer(name: str, city: str = "Ulm", **other: Any) -> tuple[Any, ...]:
    row = {"id": name, "name": "Ann", "email": f"{name}@x.org", "phone": None, "city": city, "vip": None}
    return tuple((row | other).values())


def user(key: str, **values: Any) -> Known:
    email = f"{key}@x.org"
    return Known(key, email, frozenset({email}), {"name": "Ann", "user_fields.city": "Ulm"} | values)


def night(customers: list[tuple[Any, ...]], users: dict[str, Known]) -> Night:
    return Night(customers, users, [(HERE, key) for key in users], [])


PEOPLE = {name: user(name) for name in "ab"}
ROWS = [customer("a"), customer("b")]


def differ_in_nothing(seed: int) -> None:
    """Plan three random nights with and without what is remembered of their rows."""
    aside: list[int] = []
    narrow = Nearby.narrow

    def counted(self: Nearby) -> None:
        aside.append(self.familiar.count)
        narrow(self)

    with (
        TemporaryDirectory() as name,
        closing(World(Path(name))) as world,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(Nearby, "narrow", counted)
        world.write(QUERY, SQL)
        prepare_state_folder(world.bench.project.paths.state)
        for tonight in nights(Random(seed), worlds=12, count=3):
            assert plan(world, tonight) == plan(world, tonight, remembering=False)
    assert len(aside) == 2  # the first night has nothing to remember
    assert sum(aside)


@settings(max_examples=2)
@given(st.integers(0, 2**32))
def test_nobody_can_tell_that_rows_were_set_aside(seed: int) -> None:
    differ_in_nothing(seed)


@pytest.mark.histories
@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_nobody_can_tell_in_many_more_nights(seed: int) -> None:
    differ_in_nothing(seed)


def test_a_row_that_is_just_as_known_is_looked_at_once(here: World, looked_at: list[int]) -> None:
    rows = [customer("a"), customer("b", "Bonn")]
    assert plan(here, night(rows, PEOPLE))["counts"] == Counts(read=2, unchanged=1, updated=1)
    assert looked_at == [1, 2]
    looked_at.clear()
    moved = PEOPLE | {"b": user("b", **{"user_fields.city": "Bonn"})}
    assert plan(here, night(rows, moved))["counts"] == Counts(read=2, unchanged=2)
    assert looked_at == []


def test_what_there_is_to_remark_upon_a_row_is_told_each_time(here: World, looked_at: list[int]) -> None:
    tonight = night([customer("a"), customer("b", phone="123")], PEOPLE)
    first = plan(here, tonight)
    looked_at.clear()
    assert plan(here, tonight) == first
    assert (first["warnings"], looked_at) == ({"invalid_phone": 1}, [])


def test_somebody_whom_others_wrote_to_is_sent_again(here: World, looked_at: list[int]) -> None:
    plan(here, night(ROWS, PEOPLE))
    looked_at.clear()
    told = plan(here, night(ROWS, PEOPLE | {"b": user("b", name="Bob")}))
    assert told["counts"] == Counts(read=2, unchanged=1, updated=1)
    assert looked_at == [2]


def test_somebody_who_gets_another_row_is_looked_at_with_both(here: World, looked_at: list[int]) -> None:
    plan(here, night(ROWS, PEOPLE))
    looked_at.clear()
    told = plan(here, night([*ROWS, customer("A", "Bonn")], PEOPLE))
    assert told["counts"].duplicate == 1
    assert looked_at == [3, 1]


def test_somebody_whose_address_another_row_has_is_looked_at(here: World, looked_at: list[int]) -> None:
    plan(here, night(ROWS, PEOPLE))
    looked_at.clear()
    told = plan(here, night([*ROWS, customer("c", email="B@x.org")], PEOPLE))
    assert told["warnings"] == {"email_shared": 1}
    assert looked_at == [3, 2]


def test_an_address_known_alone_that_somebody_else_has_by_now_is_looked_at(
    here: World, looked_at: list[int]
) -> None:
    rows = [customer("a", id=None), customer("b")]
    alone = {"a@x.org": Known(None, "a@x.org", frozenset({"a@x.org"}), user("a").values)}
    plan(here, night(rows, alone | {"b": user("b")}))
    looked_at.clear()
    tonight = night(rows, alone | {"b": replace(user("b"), emails=frozenset({"a@x.org", "b@x.org"}))})
    told = plan(here, tonight)
    assert looked_at == [1, 2]
    assert told == plan(here, tonight, remembering=False)


def test_other_rules_look_at_every_row(here: World, looked_at: list[int]) -> None:
    plan(here, night(ROWS, PEOPLE))
    looked_at.clear()
    with (here.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write('\n[fields."user_fields.city"]\nvalues = { Ulm = "Ulm an der Donau" }\n')
    assert plan(here, night(ROWS, PEOPLE))["counts"] == Counts(read=2, updated=2)
    assert looked_at == [1, 2]


def test_rows_that_come_in_another_order_each_time_are_told_apart(
    here: World, looked_at: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [customer(name) for name in "abcdef"]
    people = {name: user(name) for name in "abcdef"}
    plan(here, night(rows, people))
    looked_at.clear()
    lots, batches = Random(7), Session.batches

    def shuffled(self: Session, sql: str, rows: int) -> Iterator[pl.DataFrame]:
        for frame in batches(self, sql, rows):
            yield frame.sample(fraction=1, shuffle=True, seed=lots.randrange(1000))

    monkeypatch.setattr(Session, "batches", shuffled)
    told = plan(here, night([*rows, customer("F", "Bonn"), customer("E", "Bonn")], people))
    assert told["counts"] == Counts(read=8, unchanged=4, updated=2, duplicate=2)
    assert len(looked_at) == len(set(looked_at)) == 4


def test_a_source_that_gives_other_rows_the_second_time_is_read_as_if_all_were_new(
    here: World, looked_at: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(here, night(ROWS, PEOPLE))
    looked_at.clear()
    readings, batches = [], Session.batches

    def unsteady(self: Session, sql: str, rows: int) -> Iterator[pl.DataFrame]:
        readings.append(sql)
        for frame in batches(self, sql, rows):
            yield frame.slice(1) if len(readings) == 2 else frame

    monkeypatch.setattr(Session, "batches", unsteady)
    told = plan(here, night([*ROWS, customer("A")], PEOPLE))
    assert told["counts"] == Counts(read=3, unchanged=2, duplicate=1)
    assert len(readings) == 3
    assert looked_at[-3:] == [1, 2, 3]


def test_a_chain_of_addresses_is_read_once_more_and_no_oftener(
    here: World, looked_at: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [customer(name) for name in "abcd"]
    people = {name: replace(user(name), emails=frozenset({f"{name}@x.org", f"{other}@x.org"}))
              for name, other in zip("abcd", "bcda", strict=True)}  # fmt: skip
    plan(here, night(rows, people))
    looked_at.clear()
    readings, batches = [], Session.batches

    def counted(self: Session, sql: str, rows: int) -> Iterator[pl.DataFrame]:
        readings.append(sql)
        yield from batches(self, sql, rows)

    monkeypatch.setattr(Session, "batches", counted)
    tonight = night([*rows, customer("e", email="a@x.org")], people)
    told = plan(here, tonight)
    assert sorted(looked_at) == [1, 2, 3, 4, 5]
    assert len(readings) == 2
    assert told == plan(here, tonight, remembering=False)


def test_where_most_would_be_read_again_nothing_is_set_aside(
    here: World, looked_at: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zdpipe.changes.nearby.FEW_ROWS", 0)
    rows, people = [*ROWS, customer("c")], PEOPLE | {"c": user("c")}
    plan(here, night(rows, people))
    looked_at.clear()
    told = plan(here, replace(night(rows, people), queries=[(HERE, "a")]))
    assert told["members"] == [("b", True), ("c", True)]
    assert looked_at == [1, 2, 3]


def test_where_most_rows_are_new_all_are_looked_at_and_remembered_anew(
    here: World, looked_at: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zdpipe.changes.familiar.FEW_ROWS", 0)
    plan(here, night(ROWS, PEOPLE))
    looked_at.clear()
    tonight = night([customer("a", "Bonn"), customer("b", "Bonn")], PEOPLE)
    assert plan(here, tonight)["counts"] == Counts(read=2, updated=2)
    assert looked_at == [1, 2]
    looked_at.clear()
    moved = {name: user(name, **{"user_fields.city": "Bonn"}) for name in "ab"}
    assert plan(here, night(tonight.customers, moved))["counts"] == Counts(read=2, unchanged=2)
    assert looked_at == []


@pytest.mark.parametrize(
    ("most", "rows"),
    [
        (1_000, [*ROWS, *(customer("c", city) for city in ("Bonn", "Bern", "Brig"))]),
        (2, [customer(name) for name in "abcde"]),
    ],
)
def test_a_source_of_which_little_can_be_set_aside_is_read_once_and_not_remembered(
    here: World, looked_at: list[int], monkeypatch: pytest.MonkeyPatch, most: int, rows: list[tuple[Any, ...]]
) -> None:
    monkeypatch.setattr(recollecting, "MOST", most)
    readings, batches = [], Session.batches

    def counted(self: Session, sql: str, rows: int) -> Iterator[pl.DataFrame]:
        readings.append(sql)
        yield from batches(self, sql, rows)

    monkeypatch.setattr(Session, "batches", counted)
    tonight = night(rows, {name: user(name) for name in "abcde"})
    kept = here.folder / "familiar.parquet"
    first = plan(here, tonight)
    assert kept.exists()  # so few rows are worth it, whatever their share
    monkeypatch.setattr("zdpipe.changes.familiar.FEW_ROWS", 0)
    assert plan(here, tonight) == first
    assert (kept.exists(), len(readings)) == (False, 3)
    looked_at.clear()
    assert plan(here, tonight) == first
    assert (looked_at, kept.exists(), len(readings)) == ([1, 2, 3, 4, 5], False, 4)


def test_people_of_another_query_join_this_one(here: World, looked_at: list[int]) -> None:
    plan(here, night(ROWS, PEOPLE))
    looked_at.clear()
    others = replace(night(ROWS, PEOPLE), queries=[(HERE, "a"), (ELSEWHERE, "b")])
    assert plan(here, others) == plan(here, others, remembering=False)
    assert looked_at[0] == 2


def test_what_a_killed_process_left_is_in_nobodys_way(here: World, tmp_path: Path) -> None:
    tonight = night(ROWS, PEOPLE)
    plan(here, tonight)
    known, file = tonight.write_known(here.folder / "known.duckdb"), here.folder / "familiar.parquet"
    for leftover in ("work.duckdb.near", "work.duckdb.familiar", ".work.duckdb.familiar.partial"):
        (tmp_path / leftover).write_bytes(b"half")
    with (
        prepared(here.bench, read_one_query(here.bench, QUERY)) as ready,
        planned(here.bench, ready, tmp_path, known, Terms(familiar=file)) as plan_again,
    ):
        assert plan_again.counts == Counts(read=2, unchanged=2)
    assert not (tmp_path / "work.duckdb.near").exists()


def test_a_plan_is_none_the_worse_where_nothing_can_be_remembered(here: World) -> None:
    (here.folder / "familiar.parquet").mkdir()
    assert plan(here, night(ROWS, PEOPLE))["counts"] == Counts(read=2, unchanged=2)
    (said,) = here.listener.said
    assert said.startswith("What makes the next plan faster could not be kept: ")


def test_what_turns_out_to_be_damaged_is_thrown_away(here: World, looked_at: list[int]) -> None:
    plan(here, night(ROWS, PEOPLE))
    looked_at.clear()
    file = here.folder / "familiar.parquet"
    whole = bytearray(file.read_bytes())
    place = whole.index(b"PAR1") + 60
    whole[place] ^= 1
    file.write_bytes(whole)
    assert plan(here, night(ROWS, PEOPLE))["counts"] == Counts(read=2, unchanged=2)
    assert looked_at == [1, 2]
    assert not file.exists()


@pytest.mark.parametrize(
    "basis",
    [
        {"staff": Staff((Member("9", frozenset({"a@x.org", "b@x.org"})),))},
        {"default_region": "GB"},
        {"require_plus_one": True},
        {"accept": "possible"},
    ],
)
def test_everything_that_decides_about_values_is_part_of_the_basis(basis: dict[str, Any]) -> None:
    schema = pl.Schema({"external_id": pl.String(), "name": pl.String()})
    rules, wanted = rules_for(schema), Wanted(("name",))
    types = [("name", "String")]
    first = recollecting._basis(types, rules, wanted)
    assert recollecting._basis(types, rules, wanted) == first
    assert recollecting._basis(types, replace(rules, **basis), wanted) != first
    assert recollecting._basis([("name", "Int64")], rules, wanted) != first
    cleared = replace(wanted, policies={"name": FieldPolicy(Nulls.CLEAR)})
    assert recollecting._basis(types, rules, cleared) != first


def test_a_run_remembers_what_the_next_one_need_not_look_at(world: World, looked_at: list[int]) -> None:
    world.many(5)
    for _ in range(2):
        world.run()
    assert looked_at == [1, 2, 3, 4, 5] * 2
    assert world.run().counts == Counts(read=5, unchanged=5)
    assert len(looked_at) == 10
    assert len(list((world.folder / ".zdpipe" / "familiar").iterdir())) == 1


def test_when_the_known_users_are_lost_everybody_is_looked_at(world: World, looked_at: list[int]) -> None:
    world.lift_guards()
    world.many(5)
    for _ in range(2):
        world.run()
    looked_at.clear()
    for file in (world.folder / ".zdpipe" / "known").glob("*.duckdb"):
        file.unlink()
    assert world.run().counts == Counts(read=5, updated=5)
    assert looked_at == [1, 2, 3, 4, 5]


def test_a_full_run_looks_at_everybody(world: World, looked_at: list[int]) -> None:
    world.many(3)
    for _ in range(2):
        world.run()
    looked_at.clear()
    assert world.run(full=True).counts.updated == 3
    assert looked_at == [1, 2, 3]


def test_few_rows_are_not_worth_remembering(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zdpipe.pipeline.planning.FEWEST", 6)
    world.many(5)
    for _ in range(2):
        world.run()
    assert not (world.folder / ".zdpipe" / "familiar").exists()


def test_nobody_who_is_forgotten_is_remembered_by_a_print(world: World) -> None:
    world.many(5)
    for _ in range(2):
        world.run()
    assert list((world.folder / ".zdpipe" / "familiar").iterdir())
    forget_person(world.bench, "id-3")
    assert list((world.folder / ".zdpipe" / "familiar").iterdir()) == []
