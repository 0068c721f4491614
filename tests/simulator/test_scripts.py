from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from zdpipe.simulator.accounts import Account
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.zendesk import Zendesk

from .world import MANY, World

FREE = Settings(requests_per_minute=10**6, users_per_second=10**6, jobs_in_flight=10**6, job_seconds=0.0)
ONE = {"users": [{"name": "Ann", "external_id": "A"}]}


def statuses(world, count, method="GET", path="users", body=None):
    return [world.ask(method, path, body).status for _ in range(count)]


def counts(world):
    return [(fault["seen"], fault["hits"]) for fault in world.get("/simulator/faults")["faults"]]


def test_skip_and_times_say_which_calls_are_hit(world):
    world.zendesk.script([{"on": "read", "skip": 2, "times": 2, "answer": {"status": 503}}])
    assert statuses(world, 6) == [200, 200, 503, 503, 200, 200]
    assert counts(world) == [(6, 2)]


def test_times_null_is_for_ever(world):
    world.zendesk.script([{"on": "read", "times": None, "answer": {"status": 503}}])
    assert statuses(world, 40) == [503] * 40


def test_only_the_first_that_hits_acts_and_all_count_the_call(world):
    world.zendesk.script(
        [{"on": "read", "answer": {"status": 503}}, {"on": "any", "times": 2, "answer": {"status": 500}}]
    )
    assert statuses(world, 4) == [503, 500, 500, 200]
    assert counts(world) == [(4, 1), (4, 2)]


def test_each_kind_of_call_is_meant_by_its_own_selector(world):
    kinds = ["write", "single", "poll", "read", "me", "fields", "token"]
    calls = {
        "write": [("POST", MANY), ("POST", "users/create_many"), ("PUT", "users/update_many.json")],
        "single": [("POST", "users/create_or_update"), ("PUT", "users/7"), ("DELETE", "users/7")],
        "poll": [("GET", "job_statuses/show_many"), ("GET", "job_statuses/V3-1"), ("GET", "job_statuses")],
        "read": [("GET", "users/show_many"), ("GET", "users/search"), ("GET", "users"), ("HEAD", "users/7")],
        "me": [("GET", "users/me"), ("GET", "users/me.json")],
        "fields": [("GET", "user_fields"), ("POST", "user_fields")],
        "token": [("POST", "/oauth/tokens")],
    }
    faults = [{"on": kind, "times": None, "answer": {"status": 502 + n}} for n, kind in enumerate(kinds)]
    world.zendesk.script(faults)
    for n, kind in enumerate(kinds):
        assert {world.ask(method, path).status for method, path in calls[kind]} == {502 + n}, kind
    assert world.ask("GET", "tickets").status == 404
    world.zendesk.script([{"on": "any", "answer": {"status": 503}}])
    assert world.ask("GET", "tickets").status == 503


def test_a_request_over_the_limit_is_seen_by_no_fault(worlds):
    world = worlds(requests_per_minute=1)
    world.zendesk.script([{"on": "read", "times": None, "answer": {"status": 503}}])
    assert statuses(world, 2) == [503, 429]
    assert counts(world) == [(1, 1)]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 4))
def test_a_share_is_drawn_alike_every_time(seed, skip):
    document = {
        "seed": seed,
        "faults": [
            {"on": "read", "skip": skip, "times": None, "share": 0.5, "answer": {"status": 503}},
            {"on": "read", "times": None, "share": 0.5, "answer": {"status": 500}},
        ],
    }
    drawn = []
    for _ in range(2):
        world = World(FREE)
        world.zendesk.script(document)
        drawn.append(statuses(world, 20))
        world.zendesk.close()
    assert drawn[0] == drawn[1]


def test_a_share_is_about_as_large_as_asked_and_differs_by_seed(worlds):
    drawn = []
    for seed in (1, 2):
        world = worlds(requests_per_minute=10**6)
        fault = {"on": "read", "times": None, "share": 0.25, "answer": {"status": 503}}
        world.zendesk.script({"seed": seed, "faults": [fault]})
        drawn.append(statuses(world, 400))
        assert 70 <= drawn[-1].count(503) <= 130
    assert drawn[0] != drawn[1]


def test_counts_hold_across_processes_and_restarts(tmp_path):
    document = [{"on": "read", "skip": 1, "times": 2, "answer": {"status": 503}}]
    first = World(FREE, Account(tmp_path / "a.db"))
    first.zendesk.script(document)
    second = World(FREE, Account(tmp_path / "a.db"))
    turns = (first, second, first, second)
    assert [world.ask("GET", "users").status for world in turns] == [200, 503, 503, 200]
    first.zendesk.close()
    again = Zendesk(Account(tmp_path / "a.db"), FREE, second.clock, document)
    assert counts(second) == [(4, 2)]  # the same document goes on
    again.close()
    again = Zendesk(Account(tmp_path / "a.db"), FREE, second.clock, [{"on": "read", "reset": "before"}])
    assert counts(second) == [(0, 0)]
    again.close()
    second.zendesk.close()


def test_a_new_document_starts_anew_and_none_ends_them_all(world):
    document = [{"on": "read", "answer": {"status": 503}}]
    for _ in range(2):
        world.zendesk.script(document)
        assert statuses(world, 2) == [503, 200]
    world.zendesk.script([{"account": {"credentials": "refused"}}])
    assert world.ask("POST", MANY, ONE).status == 401
    world.zendesk.script({"faults": []})
    assert statuses(world, 1) == [200]
    assert world.get("/simulator/faults") == {"seed": 0, "faults": []}


def test_a_fault_of_a_job_waits_for_a_write_that_makes_one(world):
    world.zendesk.script([{"answer": {"status": 503}}, {"job": "killed", "skip": 1}, {"job": "failed"}])
    assert world.ask("POST", MANY, ONE).status == 503
    assert world.ask("POST", MANY, {"users": []}).status == 400
    world.submit(*[{"name": "A"}] * 100)
    assert world.ask("POST", MANY, ONE).status == 429
    assert counts(world) == [(4, 1), (1, 0), (1, 1)]
