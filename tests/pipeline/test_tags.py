"""Tags that are allowed: ours are merged into those of others."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.delivery.unruly import PowerCut
from tests.pipeline.test_rollback import take_back
from tests.pipeline.world import QUERY, World
from zdpipe.model.run import Counts
from zdpipe.model.verification import Cause
from zdpipe.pipeline import asking
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.run import run_query
from zdpipe.pipeline.verify import verify_run

SQL = "SELECT id AS external_id, name AS name, email AS email, city AS tags FROM Customer_360"


@pytest.fixture
def tagging(world: World) -> World:
    world.write(QUERY, SQL)
    world.lift_guards()
    say(world, "[fields.tags]\nallow = true")
    return world


def say(world: World, text: str) -> None:
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def customers(world: World, **tags: str | None) -> None:
    world.customers([(key, "Name", None, value) for key, value in tags.items()])


def user(world: World, key: str) -> Any:
    return world.ask(f"/api/v2/users/show_many?external_ids={key}")["users"][0]


def tags(world: World, *keys: str) -> list[list[str]]:
    return [user(world, key)["tags"] for key in keys]


def retag(world: World, key: str, *wanted: str) -> None:
    """Somebody else sets the tags of a user."""
    world.clock.advance(15)
    world.act("PUT", f"/api/v2/users/{user(world, key)['id']}", {"user": {"tags": list(wanted)}})


def there(world: World, **who: Any) -> None:
    world.clock.advance(1)
    world.tell("/api/v2/users", {"user": {"name": "Theirs", "skip_verify_email": True} | who})


def test_ours_come_and_go_and_those_of_others_stay(tagging: World) -> None:
    customers(tagging, k1="vip, gold", k2="vip")
    assert tagging.run().counts.created == 2
    retag(tagging, "k1", "vip", "gold", "lawsuit")
    assert tagging.run().counts == Counts(read=2, unchanged=2)
    customers(tagging, k1="vip, silver", k2=None)
    run = tagging.run()
    assert (run.counts.updated, run.warnings) == (2, {})
    assert tags(tagging, "k1", "k2") == [["lawsuit", "silver", "vip"], []]
    assert tagging.run().counts.unchanged == 2
    customers(tagging, k1=None, k2="new")
    tagging.run()
    assert tags(tagging, "k1", "k2") == [["lawsuit"], ["new"]]
    assert tagging.run().counts.unchanged == 2


def test_somebody_new_may_have_tags_of_others(tagging: World) -> None:
    there(tagging, external_id="k1", tags=["lawsuit", "vip"])
    there(tagging, email="two@example.com", tags=["lawsuit"])
    tagging.customers(
        [
            ("k1", "Name", None, "vip, gold"),
            ("k2", "Name", "two@example.com", "vip"),
            ("k3", "N", None, "vip"),
        ]
    )
    plan = plan_query(tagging.bench, QUERY, online=True)
    run = tagging.run()
    assert run.counts.created + run.counts.updated == plan.counts.created == 3
    assert tags(tagging, "k1", "k2", "k3") == [["gold", "lawsuit", "vip"], ["lawsuit", "vip"], ["vip"]]
    tagging.customers(
        [("k1", "Name", None, None), ("k2", "Name", "two@example.com", None), ("k3", "N", None, None)]
    )
    tagging.run()
    # `vip` was there before we sent it.
    assert tags(tagging, "k1", "k2", "k3") == [["lawsuit", "vip"], ["lawsuit"], []]


def test_another_change_leaves_tags_out(tagging: World) -> None:
    customers(tagging, k1="vip")
    tagging.run()
    retag(tagging, "k1", "lawsuit")
    tagging.customers([("k1", "Other", None, "vip")])
    before = tagging.stats["requests"]
    run = tagging.run()
    assert (run.counts.updated, run.requests) == (1, tagging.stats["requests"] - before)
    assert tagging.network.writes[-1] == [{"external_id": "k1", "name": "Other", "skip_verify_email": True}]
    assert tags(tagging, "k1") == [["lawsuit"]]
    assert tagging.run(full=True).counts.updated == 1
    assert tags(tagging, "k1") == [["lawsuit", "vip"]]


def test_nulls_may_be_left_out(tagging: World) -> None:
    say(tagging, 'nulls = "omit"')
    customers(tagging, k1="vip")
    tagging.run()
    customers(tagging, k1=None)
    assert tagging.run().counts.unchanged == 1
    assert tags(tagging, "k1") == [["vip"]]


def test_replacing_is_what_zendesk_does_by_itself(tagging: World) -> None:
    say(tagging, 'mode = "replace"')
    there(tagging, external_id="k1", tags=["lawsuit"])
    customers(tagging, k1="vip")
    assert plan_query(tagging.bench, QUERY).reading.customers == 0
    tagging.run()
    assert tags(tagging, "k1") == [["vip"]]


def test_what_zendesk_would_split_is_left_out_and_empties_nothing(tagging: World) -> None:
    customers(tagging, k1="vip")
    tagging.run()
    customers(tagging, k1="Very Important")
    run = tagging.run()
    assert (run.counts.unchanged, run.warnings) == (1, {"invalid_tag": 1})
    assert tags(tagging, "k1") == [["vip"]]


def test_tags_of_custom_fields_stay_with_their_fields(tagging: World) -> None:
    tagging.create_field(key="beta", title="Beta", type="checkbox", tag="beta_tester")
    there(tagging, external_id="k1", user_fields={"beta": True})
    customers(tagging, k1="vip")
    tagging.run()
    assert tags(tagging, "k1") == [["beta_tester", "vip"]]
    customers(tagging, k1=None)
    tagging.run()
    assert (tags(tagging, "k1"), user(tagging, "k1")["user_fields"]["beta"]) == ([["beta_tester"]], True)


def test_beyond_so_many_addresses_tags_wait_for_the_next_run(
    tagging: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_SEARCHES", 1)
    for n in range(3):
        there(tagging, email=f"c{n}@example.com", tags=["lawsuit"])
    tagging.customers([(f"k{n}", "Name", f"c{n}@example.com", "vip") for n in range(3)])
    assert tagging.run().warnings == {"not_asked": 2}
    assert sorted(tags(tagging, "k0", "k1", "k2")) == [["lawsuit"], ["lawsuit"], ["lawsuit", "vip"]]
    assert tagging.run().counts.updated == 2
    assert tags(tagging, "k0", "k1", "k2") == [["lawsuit", "vip"]] * 3


def test_a_sealed_plan_holds_the_merged_list(tagging: World) -> None:
    there(tagging, external_id="k1", tags=["lawsuit"])
    customers(tagging, k1="vip")
    sealed = tagging.folder / "sealed.json"
    plan = plan_query(tagging.bench, QUERY, seal=True, online=True)
    assert plan.seal is not None
    sealed.write_text(plan.seal.as_text())
    tagging.clock.advance(1)
    assert run_query(tagging.bench, QUERY, sealed=sealed).counts.updated == 1


def test_a_lost_answer_is_settled_and_tags_are_known(tagging: World) -> None:
    there(tagging, external_id="k1", tags=["lawsuit"])
    customers(tagging, k1="vip")

    def cut(*_: object) -> None:
        raise PowerCut

    tagging.network.on_write[1] = cut
    with pytest.raises(PowerCut):
        tagging.run()
    tagging.network.on_write.clear()
    assert tagging.resume().counts.updated == 1
    assert tags(tagging, "k1") == [["lawsuit", "vip"]]
    assert tagging.run().counts.unchanged == 1


def test_no_tag_of_others_outlives_who_is_forgotten(tagging: World) -> None:
    there(tagging, external_id="k1", tags=["lawsuit_4711", "vip"])
    customers(tagging, k1="vip", k2="gold")
    tagging.run()
    forget_person(tagging.bench, "k1")
    state = tagging.folder / ".zdpipe"
    kept = [path for path in state.rglob("*") if path.is_file() and path.suffix in {".parquet", ".duckdb"}]
    assert kept
    assert not [path for path in kept if b"lawsuit_4711" in path.read_bytes()]


def test_a_run_that_is_taken_back_gives_the_whole_list_back_and_knows_what_was_ours(tagging: World) -> None:
    there(tagging, external_id="k1", tags=["lawsuit", "gold"])
    there(tagging, external_id="k2", tags=["lawsuit"])
    there(tagging, external_id="k3")
    customers(tagging, k1="vip, gold")
    tagging.run()
    customers(tagging, k1="gold, silver", k2="vip", k3="vip")
    run = tagging.run(remember=True)
    found, report = take_back(tagging, run.run_id)
    assert (dict(found.fields), dict(found.left)) == ({"tags": 3, "name": 2}, {})
    assert tags(tagging, "k1", "k2", "k3") == [["gold", "lawsuit", "vip"], ["lawsuit"], []]
    assert plan_query(tagging.bench, QUERY).updates["tags"] == 3
    again, _ = take_back(tagging, report.run_id)
    assert (dict(again.fields), dict(again.left)) == ({"tags": 3, "name": 2}, {})
    assert tags(tagging, "k1", "k2", "k3") == [["gold", "lawsuit", "silver"], ["lawsuit", "vip"], ["vip"]]
    tagging.run()
    assert tagging.run().counts.unchanged == 3
    assert tags(tagging, "k1", "k2", "k3") == [["gold", "lawsuit", "silver"], ["lawsuit", "vip"], ["vip"]]
    customers(tagging, k1=None, k2=None, k3=None)
    tagging.run()
    # `gold` was there before us.
    assert tags(tagging, "k1", "k2", "k3") == [["gold", "lawsuit"], ["lawsuit"], []]


def test_verify_looks_for_what_was_written_and_lets_others_add(tagging: World) -> None:
    there(tagging, external_id="k1", tags=["lawsuit"])
    customers(tagging, k1="vip")
    run = tagging.run()
    retag(tagging, "k1", "vip", "lawsuit", "new")
    assert verify_run(tagging.bench, run.run_id).differences == []
    retag(tagging, "k1", "lawsuit", "new")
    (found,) = verify_run(tagging.bench, run.run_id).differences
    assert (found.field, found.cause) == ("tags", Cause.DRIFT)


TAG = st.sampled_from(["a", "b", "c"])
OWN = st.one_of(st.none(), st.lists(TAG, min_size=1, max_size=3).map(",".join))
STEP = st.tuples(
    st.dictionaries(st.sampled_from(["k1", "k2", "k3"]), OWN, min_size=1),
    st.dictionaries(st.sampled_from(["k1", "k2", "k3"]), st.frozensets(st.sampled_from(["c", "x", "y"]))),
)


@pytest.mark.histories
@settings(max_examples=24, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, min_size=1, max_size=4))
def test_whatever_happens_tags_of_others_stay_and_the_plan_tells_the_run(
    steps: list[tuple[dict[str, str | None], dict[str, frozenset[str]]]],
) -> None:
    """Between runs others add their tags; each run changes ours alone, and the next one nothing."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "project")
        world.folder.mkdir(exist_ok=True)
        world.destinations()
        world.write(QUERY, SQL)
        world.lift_guards()
        say(world, "[fields.tags]\nallow = true")
        theirs: dict[str, set[str]] = {key: set() for key in ("k1", "k2", "k3")}
        ours: dict[str, set[str]] = {key: set() for key in theirs}
        for key in theirs:
            there(world, external_id=key)
        for wanted, added in steps:
            for key, more in added.items():
                theirs[key] |= more - ours[key]
                retag(world, key, *sorted(set(user(world, key)["tags"]) | more))
            customers(world, **wanted)
            plan = plan_query(world.bench, QUERY, online=True)
            run = world.run()
            assert run.counts.created + run.counts.updated == plan.counts.created + plan.counts.updated
            for key, value in wanted.items():
                ours[key] = set(value.split(",") if value else ())
            assert {key: set(user(world, key)["tags"]) for key in theirs} == {
                key: theirs[key] | ours[key] for key in theirs
            }
            assert world.run().counts.unchanged == len(wanted)
        world.close()
