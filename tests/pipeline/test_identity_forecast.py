"""What a plan foretells of ids and addresses that run into each other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipeline.world import QUERY, World
from zdpipe.model.identities import Claim, Claims, Identities
from zdpipe.pipeline import taken
from zdpipe.pipeline.plan import plan_query


@pytest.fixture
def many(world: World) -> World:
    world.lift_guards()
    return world


def customers(world: World, *people: tuple[str | None, str | None]) -> None:
    world.customers([(key, "Name", email, "Oslo") for key, email in people])


def found(world: World, *, online: bool = False) -> Identities:
    return plan_query(world.bench, QUERY, online=online).identities


def there(world: World, **who: Any) -> int:
    world.clock.advance(1)
    told = world.tell("/api/v2/users", {"user": {"name": "Theirs", "skip_verify_email": True} | who})
    return int(told["user"]["id"])


def test_customers_of_one_address_each_foretell_nothing(many: World) -> None:
    many.many(3)
    assert found(many) == Identities(new_addresses=3)
    many.run()
    assert found(many) == Identities()


def test_ids_that_share_an_address_are_told_with_whose_it_is(many: World) -> None:
    customers(many, ("k1", "a@example.com"), ("k2", "a@example.com"), ("k3", "a@example.com"), ("k4", None))
    shared = found(many).shared
    assert shared == Claims(1, 2, (Claim("a@example.com", "k2", "k1"), Claim("a@example.com", "k3", "k1")))
    assert plan_query(many.bench, QUERY).warnings == {"email_shared": 2}


def test_an_address_of_a_known_customer_outside_the_query_is_elsewhere(many: World) -> None:
    customers(many, ("k1", "a@example.com"))
    many.run()
    customers(many, ("k2", "a@example.com"))
    assert found(many).elsewhere == Claims(1, 1, (Claim("a@example.com", "k2", "k1"),))
    assert found(many).shared == Claims()


def test_addresses_that_pile_up_are_counted(many: World) -> None:
    customers(many, ("k1", "a1@example.com"), ("k2", "b1@example.com"), ("k3", None))
    many.run()
    customers(
        many,
        ("k1", "new@example.com"),
        *(("k2", f"b{n}@example.com") for n in range(1, 6)),
        ("k3", "c@example.com"),
        ("k4", "d1@example.com"),
        ("k4", "d2@example.com"),
    )
    plan = found(many)
    assert (plan.secondary.addresses, plan.secondary.customers, plan.crowded) == (6, 3, 1)
    assert plan.secondary.examples[0] == Claim("b2@example.com", "k2")
    many.run()
    assert found(many) == Identities()


def test_those_to_lead_are_counted(many: World) -> None:
    settings = many.folder / "zdpipe.toml"
    settings.write_text(f'{settings.read_text()}\n[identity]\non_email_change = "make-primary"\n')
    customers(many, ("k1", "a@example.com"), ("k2", "b@example.com"))
    many.run()
    customers(many, ("k1", "new@example.com"), ("k2", "b@example.com"))
    assert found(many).promoted == 1


def test_ids_that_differ_in_case_alone_are_one_user(many: World) -> None:
    customers(many, ("ABC1", None), ("abc1", None), ("Abc1", None), ("k2", None), ("k2", None))
    assert (found(many).cases, found(many).spellings) == (1, (("ABC1", "Abc1", "abc1"),))


def test_the_account_is_asked_whose_new_addresses_are(many: World) -> None:
    there(many, external_id="Other", email="taken@example.com")
    there(many, email="nobodys@example.com")
    customers(many, ("k1", "a@example.com"))
    many.run()
    customers(
        many,
        ("k1", "nobodys@example.com"),
        ("k2", "taken@example.com"),
        ("k3", "free@example.com"),
        (None, "alone@example.com"),
    )
    assert found(many).asked is None
    before = many.stats["writes"]
    plan = found(many, online=True)
    assert (plan.asked, plan.new_addresses, many.stats["writes"]) == (3, 3, before)
    assert {(claim.address, claim.key) for claim in plan.taken.examples} == {
        ("taken@example.com", "k2"),
        ("nobodys@example.com", "k1"),
    }
    assert (plan.taken.addresses, plan.taken.customers) == (2, 2)
    assert {claim.owner for claim in plan.taken.examples} >= {"Other"}
    run = many.run()
    assert run.failures == {"email_taken": plan.taken.addresses}


def test_somebody_new_may_take_over_a_user_without_id(many: World) -> None:
    there(many, email="theirs@example.com")
    customers(many, ("k1", "theirs@example.com"))
    assert found(many, online=True).taken == Claims()
    assert many.run().counts.failed == 0


def test_so_many_addresses_are_asked_about_and_no_more(many: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taken, "MOST_ASKED", 3)
    many.many(10)
    before = many.stats["requests"]
    plan = found(many, online=True)
    assert (plan.asked, plan.new_addresses) == (3, 10)
    assert many.stats["requests"] - before <= 3 + 3  # and who the staff are
