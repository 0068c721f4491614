"""Runs that were taken back, and accounts that were adopted, as verify, explain and later runs see them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipeline.adopting import a, adopt, customers, known, plan, rewrite, tell
from tests.pipeline.test_explain import codes, effects, explain
from tests.pipeline.test_rollback import a_user, account, take_back
from tests.pipeline.verifying import told
from tests.pipeline.world import World
from zdpipe.model.journey import Did, Effect
from zdpipe.model.rollback import NotRestorable
from zdpipe.model.run import Counts
from zdpipe.pipeline.rollback import rollback
from zdpipe.pipeline.verify import verify_run

CITY = "user_fields.city"


def say(world: World, text: str) -> None:
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def by_run(world: World, run_id: str) -> dict[str | None, tuple[str, str | None]]:
    """Return what differs of a run's only customer: the field, why, and by which run."""
    found = verify_run(world.bench, run_id)
    return {each.field: (each.cause.value, each.by_run) for each in found.differences}


def test_what_was_adopted_is_nobodys_later_word(people: World) -> None:
    user = a_user(people, "k1")
    customers(people, a("k1", "k1@example.com", phone=None, city="Rome"))
    run = people.run()
    people.clock.advance(61)
    rewrite(people, user, user_fields={"city": "Bergen"})
    adopt(people)
    assert not known(people, "k1").values[CITY].is_ours
    assert by_run(people, run.run_id) == {CITY: ("drift", None)}


def test_values_that_were_put_back_are_later_by_the_rollback_whosever_they_were(people: World) -> None:
    a_user(people, "k1", user_fields={"city": "Oslo", "birthdate": "1990-01-31"})
    customers(people, a("k1", "k1@example.com", phone=None, city="Oslo", opted="false", ltv=None))
    people.run()
    assert known(people, "k1").values[CITY].is_ours
    a_user(people, "k2")
    rows = [a(key, f"{key}@example.com", city="Rome", opted="true", ltv=None) for key in ("k1", "k2")]
    customers(people, *rows)
    run = people.run(remember=True)
    _, back = take_back(people, run.run_id)
    assert {name: known(people, "k1").values[name].is_ours for name in (CITY, "phone")} == {
        CITY: True, "phone": False,
    }  # fmt: skip
    assert not known(people, "k2").values[CITY].is_ours
    found = verify_run(people.bench, run.run_id)
    assert {each.by_run for each in found.differences} == {back.run_id}
    assert told(found) == {
        ("k1", CITY, "later"), ("k1", "phone", "later"), ("k1", "user_fields.email_opt_in", "later"),
        ("k2", CITY, "later"), ("k2", "phone", "later"),
    }  # fmt: skip
    assert verify_run(people.bench, back.run_id).differences == []


def test_what_others_do_to_a_value_that_was_put_back_is_drift(people: World) -> None:
    user = a_user(people, "k1")
    customers(people, a("k1", "k1@example.com", phone=None, city="Rome"))
    run = people.run(remember=True)
    _, back = take_back(people, run.run_id)
    people.clock.advance(61)
    rewrite(people, user, user_fields={"city": "Bergen"})
    assert by_run(people, run.run_id) == {CITY: ("drift", back.run_id)}
    assert by_run(people, back.run_id) == {CITY: ("drift", None)}


def test_an_address_and_a_number_that_were_removed_are_later_by_the_rollback(people: World) -> None:
    user = a_user(people, "k1")
    rewrite(people, user, phone="+12063428630")
    customers(
        people, a("k1", "k1@example.com", city="Oslo"), a("k1", "b@example.com", city="Oslo")
    )  # fmt: skip
    run = people.run(remember=True)
    found, back = take_back(people, run.run_id)
    assert found.identities == 2
    assert by_run(people, run.run_id) == {
        "email": ("later", back.run_id),
        "phone": ("later", back.run_id),
    }
    # Sent again and removed by others, it is drift.
    again = people.run()
    people.clock.advance(61)
    for identity in people.ask(f"/api/v2/users/{user}/identities")["identities"]:
        if identity["value"] == "b@example.com":
            people.act("DELETE", f"/api/v2/users/{user}/identities/{identity['id']}")
    assert by_run(people, again.run_id) == {"email": ("drift", None)}


def test_explain_tells_what_a_rollback_put_back(people: World) -> None:
    a_user(people, "k1")
    customers(people, a("k1", "k1@example.com", phone=None, city="Rome"), a("k2", phone=None))
    run = people.run(remember=True)
    _, back = take_back(people, run.run_id)
    journey = explain(people, "k1")
    assert journey.run is not None
    assert (journey.run.run_id, journey.did, journey.rows) == (back.run_id, Did.UPDATED, ())
    assert effects(journey) == {CITY: (Effect.CHANGED, '"Rome"', '"Oslo"')}
    assert codes(journey) == ["rollback"]
    assert journey.now[0].values[CITY].run_id == back.run_id
    assert [mention.run_id for mention in journey.mentions] == [back.run_id, run.run_id]
    # Whom it did not write, it did not have.
    other = explain(people, "k2")
    assert (other.run.run_id if other.run else None, other.did) == (run.run_id, Did.CREATED)
    assert codes(explain(people, "k2", back.run_id)) == ["not_among"]
    earlier = explain(people, "k1", run.run_id)
    assert earlier.did is Did.UPDATED
    assert effects(earlier)[CITY][2] == '"Rome"'


def test_explain_tells_of_somebody_adopted(people: World) -> None:
    a_user(people, "k1")
    customers(people, a("k1", "k1@example.com", phone=None, city="Oslo"))
    adopt(people)
    alone = explain(people, "k1")
    assert (alone.run, alone.now[0].values[CITY].value) == (None, '"Oslo"')
    run_id = alone.now[0].values[CITY].run_id
    assert run_id is not None
    assert run_id.startswith("adopt-")
    customers(people, a("k1", "k1@example.com", phone=None, city="Rome"))
    people.run()
    journey = explain(people, "k1")
    assert journey.before is not None
    assert journey.before.values[CITY].run_id == run_id
    assert effects(journey)[CITY] == (Effect.CHANGED, '"Oslo"', '"Rome"')


def fills(world: World) -> None:
    say(world, f'[fields."{CITY}"]\nonly_if_empty = true')


def test_a_field_that_was_filled_is_empty_again_and_is_filled_by_the_next_run(people: World) -> None:
    fills(people)
    user = a_user(people, "k1", user_fields={})
    theirs = a_user(people, "k2")
    customers(people, *(a(key, f"{key}@example.com", phone=None, city="Rome") for key in ("k1", "k2")))
    before = account(people)
    run = people.run(remember=True)
    assert (account(people)[user][1]["city"], account(people)[theirs][1]["city"]) == ("Rome", "Oslo")
    found, _ = take_back(people, run.run_id)
    assert (found.fields[CITY], dict(found.left)) == (1, {})
    assert account(people) == before
    people.run()
    assert (account(people)[user][1]["city"], account(people)[theirs][1]["city"]) == ("Rome", "Oslo")
    assert people.run().counts == Counts(2, unchanged=2)


def test_what_was_adopted_of_a_field_to_be_filled_is_left_alone(people: World) -> None:
    fills(people)
    a_user(people, "k1")
    empty = a_user(people, "k2", user_fields={})
    customers(people, *(a(key, f"{key}@example.com", phone=None, city="Rome") for key in ("k1", "k2")))
    adopt(people)
    run = people.run()
    assert run.counts == Counts(2, updated=1, unchanged=1)
    held = account(people)
    assert held[empty][1]["city"] == "Rome"
    found, _ = take_back(people, run.run_id)
    assert found.fields[CITY] == 1
    assert account(people)[empty][1]["city"] is None
    customers(people, *(a(key, f"{key}@example.com", phone=None, city=None) for key in ("k1", "k2")))
    people.run()
    assert sorted(user[1]["city"] or "" for user in account(people).values()) == ["", "Oslo"]


def an_heir(world: World, **values: Any) -> tuple[int, Any, Any]:
    """Somebody is sent by an address, and then by an external_id; return the user and the two runs."""
    user = tell(world, email="one@example.com", phone=None)
    customers(world, a(None, "one@example.com", phone=None, city="Rome"))
    first = world.run(remember=True)
    customers(world, a("k1", "one@example.com", **({"phone": None, "city": "Rome"} | values)))
    return user, first, world.run(remember=True)


def test_an_earlier_run_of_somebody_who_got_an_external_id_since(people: World) -> None:
    _, first, second = an_heir(people)
    with rollback(people.bench, first.run_id) as planned:
        assert dict(planned.plan.left) == {NotRestorable.WRITTEN_BY_LATER_RUN: 1}
        assert planned.plan.is_empty
    assert by_run(people, first.run_id) == by_run(people, second.run_id) == {}
    assert explain(people, "one@example.com", first.run_id).did is Did.UPDATED
    journey = explain(people, "k1")
    assert (journey.run.run_id if journey.run else None) == second.run_id
    assert journey.before is not None
    assert journey.before.values[CITY].run_id == first.run_id
    assert effects(journey)[CITY] == (Effect.SAME, '"Rome"', '"Rome"')


def test_what_a_later_run_wrote_to_an_heir_is_put_back_as_ours(people: World) -> None:
    user, first, second = an_heir(people, city="Bergen")
    assert told(verify_run(people.bench, first.run_id)) == {("one@example.com", CITY, "later")}
    found, _ = take_back(people, second.run_id)
    assert (found.fields[CITY], dict(found.left)) == (1, {NotRestorable.NEVER_EMPTIED: 1})
    assert account(people)[user][1]["city"] == "Rome"
    assert known(people, "k1").values[CITY].is_ours
    assert known(people, "one@example.com") is None
    assert plan(people).updates[CITY] == 1


def test_a_field_that_no_later_run_wrote_is_put_back_under_the_new_key(people: World) -> None:
    user = tell(people, email="one@example.com", phone=None)
    customers(people, a(None, "one@example.com", phone=None, city="Rome"))
    first = people.run(remember=True)
    customers(people, a("k1", "one@example.com", phone=None, city=None))
    say(people, f'[fields."{CITY}"]\nnulls = "omit"')
    people.run()
    found, back = take_back(people, first.run_id)
    assert (dict(found.fields), dict(found.left)) == ({CITY: 1}, {})
    assert account(people)[user][1]["city"] == "Oslo"
    assert known(people, "one@example.com") is None
    assert known(people, "k1").values[CITY].run_id == back.run_id
    assert by_run(people, first.run_id) == {CITY: ("later", back.run_id)}


@pytest.mark.parametrize("remember", [True, False])
def test_what_was_adopted_by_an_address_is_put_back_to_an_heir(people: World, *, remember: bool) -> None:
    user = tell(people, email="one@example.com", phone=None)
    customers(people, a(None, "one@example.com", phone=None, city="Rome"))
    adopt(people)
    customers(people, a("k1", "one@example.com", phone=None, city="Rome"))
    run = people.run(remember=remember)
    found, _ = take_back(people, run.run_id)
    assert dict(found.fields) == {CITY: 1}
    assert account(people)[user][1]["city"] == "Oslo"
    assert not known(people, "k1").values[CITY].is_ours
