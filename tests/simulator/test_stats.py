from __future__ import annotations

import bisect

from hypothesis import given
from hypothesis import strategies as st

from zdpipe.simulator.accounts import Account
from zdpipe.simulator.stats import account_stats, count_users

from .world import MANY, basic

BATCH = {"users": [{"name": "Ann"}] * 100}


def test_stats_need_no_credentials_and_are_no_request(world):
    assert world.ask("GET", "/simulator/stats", headers={}).status == 200
    assert world.stats()["requests"] == 0
    assert world.stats()["sustained_users_per_second"] is None


def test_stats_tell_what_was_asked_and_what_came_of_it(world):
    world.ask("POST", MANY, BATCH)
    world.clock.turn(0.5)
    world.ask("POST", MANY, BATCH)
    world.ask("GET", "users/me")
    world.clock.turn(2)
    world.write({"name": "Bea", "external_id": "B"}, {"name": ""})
    stats = world.stats()
    assert stats["requests"] == 5
    assert stats["refused"] == 1
    assert stats["writes"] == 3
    assert stats["jobs"] == 2
    assert (stats["users_received"], stats["users_refused"]) == (102, 100)
    assert (stats["users_created"], stats["users_failed"]) == (101, 1)
    assert stats["max_users_in_one_second"] == 200
    assert stats["last_write_at"] - stats["first_write_at"] == 2.5
    assert stats["users"] == 102


def test_an_even_pace_is_told_exactly(world):
    for _ in range(11):
        world.ask("POST", MANY, BATCH)
        world.clock.turn(1)
    assert world.stats()["sustained_users_per_second"] == 100.0
    assert world.stats()["max_users_in_one_second"] == 100


def test_users_without_credentials_were_never_received(world):
    world.ask("POST", MANY, BATCH, headers=basic("x", "y"))
    assert world.stats()["max_users_in_one_second"] == 0


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 100)), min_size=1, max_size=30))
def test_the_fullest_second_is_found_whatever_the_order_of_counting(arrivals):
    account = Account()
    with account.transaction() as db:
        for at, users in arrivals:
            count_users(db, users, at / 1000, accepted=True)
        found = account_stats(db, 0.0)["max_users_in_one_second"]
    account.close()
    ordered = sorted(arrivals)
    times = [at for at, _ in ordered]
    fullest = max(
        sum(users for _, users in ordered[bisect.bisect_left(times, t) : bisect.bisect_left(times, t + 1000)])
        for t in times
    )
    assert found == fullest
