"""Tags of ours among those of others, when a run is taken back or an account adopted."""

from __future__ import annotations

import pytest

from tests.pipeline.adopting import adopt, known
from tests.pipeline.test_rollback import take_back
from tests.pipeline.test_tags import SQL, customers, retag, say, tagging, tags, there
from tests.pipeline.world import QUERY, World
from zdpipe.model.rollback import NotRestorable
from zdpipe.model.run import Counts
from zdpipe.pipeline.verify import verify_run

__all__ = ["tagging"]


def test_ours_go_and_come_back_and_those_of_others_stay(tagging: World) -> None:
    there(tagging, external_id="k1", tags=["lawsuit"])
    customers(tagging, k1="vip, gold", k2="vip")
    tagging.run()
    customers(tagging, k1="vip, silver", k2=None)
    run = tagging.run(remember=True)
    retag(tagging, "k1", "vip", "silver", "lawsuit", "new")
    found, back = take_back(tagging, run.run_id)
    assert (found.fields["tags"], dict(found.left)) == (2, {})
    assert tags(tagging, "k1", "k2") == [["gold", "lawsuit", "new", "vip"], ["vip"]]
    assert verify_run(tagging.bench, back.run_id).differences == []
    assert {each.by_run for each in verify_run(tagging.bench, run.run_id).differences} == {back.run_id}
    assert known(tagging, "k1").values["tags"].value == '["gold","vip"]'
    # Nothing of others is taken for ours by the next runs.
    customers(tagging, k1="bronze", k2=None)
    tagging.run()
    assert tags(tagging, "k1", "k2") == [["bronze", "lawsuit", "new"], []]
    customers(tagging, k1=None, k2=None)
    tagging.run()
    assert tags(tagging, "k1", "k2") == [["lawsuit", "new"], []]


def test_a_first_run_leaves_what_the_account_knew_alone(tagging: World) -> None:
    there(tagging, external_id="k1", tags=["lawsuit", "vip"])
    there(tagging, external_id="k2", tags=["lawsuit"])
    customers(tagging, k1="vip, gold", k2="gold")
    run = tagging.run(remember=True)
    retag(tagging, "k1", "vip", "gold")  # somebody takes theirs away meanwhile
    take_back(tagging, run.run_id)
    assert tags(tagging, "k1", "k2") == [["vip"], ["lawsuit"]]
    for wanted in ("silver", None):
        customers(tagging, k1=wanted, k2=wanted)
        tagging.run()
    assert tags(tagging, "k1", "k2") == [["vip"], ["lawsuit"]]


def test_where_others_took_one_of_ours_away_the_list_stays(tagging: World) -> None:
    there(tagging, external_id="k1", tags=["lawsuit"])
    customers(tagging, k1="vip, gold")
    run = tagging.run(remember=True)
    retag(tagging, "k1", "vip", "lawsuit")
    found, _ = take_back(tagging, run.run_id)
    assert found.left == {NotRestorable.CHANGED_BY_OTHERS: 1}
    assert tags(tagging, "k1") == [["lawsuit", "vip"]]


def test_a_rollback_of_tags_can_be_taken_back_itself(tagging: World) -> None:
    there(tagging, external_id="k1", tags=["lawsuit", "vip"])
    customers(tagging, k1="vip, gold")
    run = tagging.run(remember=True)
    _, back = take_back(tagging, run.run_id)
    assert tags(tagging, "k1") == [["lawsuit", "vip"]]
    retag(tagging, "k1", "vip", "lawsuit", "new")
    take_back(tagging, back.run_id)
    assert tags(tagging, "k1") == [["gold", "lawsuit", "new", "vip"]]
    customers(tagging, k1=None)
    tagging.run()
    assert tags(tagging, "k1") == [["lawsuit", "new", "vip"]]


def test_adopting_leaves_merged_tags_alone(tagging: World) -> None:
    there(tagging, external_id="k1", tags=["lawsuit", "vip"])
    customers(tagging, k1="vip")
    adopt(tagging)
    assert "tags" not in known(tagging, "k1").values
    run = tagging.run()
    assert dict(take_back(tagging, run.run_id)[0].left) == {NotRestorable.NOT_READ: 1}
    customers(tagging, k1=None)
    tagging.run()
    assert tags(tagging, "k1") == [["lawsuit", "vip"]]
    assert tagging.run().counts == Counts(1, unchanged=1)


@pytest.mark.parametrize("remember", [True, False])
def test_a_list_that_was_adopted_whole_is_others_once_tags_are_merged(
    world: World, *, remember: bool
) -> None:
    world.write(QUERY, SQL)
    world.lift_guards()
    settings = world.folder / "zdpipe.toml"
    plain = settings.read_text()
    say(world, '[fields.tags]\nallow = true\nmode = "replace"')
    there(world, external_id="k1", tags=["lawsuit", "vip"])
    customers(world, k1="vip")
    adopt(world)
    settings.write_text(plain)
    say(world, "[fields.tags]\nallow = true")
    customers(world, k1="gold")
    run = world.run(remember=remember)
    assert tags(world, "k1") == [["gold", "lawsuit", "vip"]]
    retag(world, "k1", "gold", "vip")
    found, _ = take_back(world, run.run_id)
    assert found.fields.get("tags", 0) == int(remember)
    assert tags(world, "k1") == ([["vip"]] if remember else [["gold", "vip"]])
    customers(world, k1="silver")
    world.run()
    assert tags(world, "k1") == [["silver", "vip"]]


def test_verify_lets_those_of_others_stay_where_a_later_run_took_ours_away(tagging: World) -> None:
    there(tagging, external_id="k1", tags=["lawsuit"])
    customers(tagging, k1="vip")
    first = tagging.run()
    customers(tagging, k1=None)
    later = tagging.run()
    (found,) = verify_run(tagging.bench, first.run_id).differences
    assert (found.field, found.cause.value, found.by_run) == ("tags", "later", later.run_id)
