from __future__ import annotations

import pytest

from .world import MANY

PEOPLE = [{"name": f"P{n}", "external_id": f"P{n}"} for n in range(5)]


def seen(world, fate, users=PEOPLE):
    world.zendesk.script([{"job": fate}])
    job = world.submit(*users)
    world.clock.turn(1)
    return world.job(job["id"])


def written(world):
    return [world.user(f"P{n}") is not None for n in range(5)]


@pytest.mark.parametrize("fate", ["failed", "killed"])
def test_a_failed_or_killed_job_wrote_nobody(world, fate):
    job = seen(world, fate)
    assert (job["status"], job["results"], bool(job["message"])) == (fate, None, True)
    assert written(world) == [False] * 5
    assert world.stats()["jobs_in_flight"] == 0


def test_a_job_that_failed_midway_wrote_the_first_half(world):
    job = seen(world, "failed_midway")
    assert (job["status"], job["results"]) == ("failed", None)
    assert written(world) == [True, True, True, False, False]
    assert world.stats()["users_created"] == 3


def test_a_job_without_results_wrote_everybody(world):
    job = seen(world, "no_results")
    assert (job["status"], job["results"]) == ("completed", None)
    assert written(world) == [True] * 5


def test_the_last_result_is_missing(world):
    job = seen(world, "missing_results")
    assert [result["external_id"] for result in job["results"]] == ["P0", "P1", "P2", "P3"]
    assert written(world) == [True] * 5


def test_shuffled_results_name_their_users_failed_ones_too(world):
    users = [*PEOPLE, {"external_id": "nameless"}]
    job = seen(world, "shuffled", users)
    told = [result["external_id"] for result in job["results"]]
    sent = [user["external_id"] for user in users]
    assert sorted(told) == sorted(sent)
    assert all(a != b for a, b in zip(told, sent, strict=True))
    assert [r["status"] for r in job["results"] if r["external_id"] == "nameless"] == ["Failed"]


def test_a_forgotten_job_wrote_everybody_and_is_known_until_it_ends(world):
    world.zendesk.script([{"job": "forgotten"}])
    job = world.submit(*PEOPLE)
    assert world.job(job["id"])["status"] == "queued"
    world.clock.turn(1)
    assert world.ask("GET", f"job_statuses/{job['id']}").status == 404
    assert world.get(f"job_statuses/show_many?ids={job['id']}")["job_statuses"] == []
    assert written(world) == [True] * 5


def test_a_stuck_job_works_for_ever_writes_nobody_and_holds_its_slot_for_an_hour(world):
    world.zendesk.script([{"job": "stuck"}])
    job = world.submit(*PEOPLE)
    statuses = []
    for seconds in (0.1, 0.8, 3000, 599, 0.1, 82_000):
        world.clock.turn(seconds)
        statuses.append((world.job(job["id"])["status"], world.stats()["jobs_in_flight"]))
    assert statuses == [("queued", 1), *[("working", 1)] * 3, ("working", 0), ("working", 0)]
    assert written(world) == [False] * 5
    assert world.write(PEOPLE[0])[0]["status"] == "Created"
    world.clock.turn(1000)
    assert world.ask("GET", f"job_statuses/{job['id']}").status == 404


def test_a_stuck_job_holds_up_none_that_come_after(worlds):
    world = worlds(job_seconds=0)
    world.zendesk.script([{"job": "stuck"}])
    job = world.submit(PEOPLE[0])
    assert world.write(PEOPLE[1])[0]["status"] == "Created"
    assert world.job(job["id"])["status"] == "working"


def test_an_odd_status_is_shown_for_the_first_half_of_the_time(worlds):
    world = worlds(job_seconds=10)
    world.zendesk.script([{"job": "odd_status"}])
    job = world.submit(*PEOPLE)
    statuses = []
    for _ in range(4):
        statuses.append(world.job(job["id"])["status"])
        world.clock.turn(3.4)
    assert statuses == ["abracadabra", "abracadabra", "working", "completed"]
    assert written(world) == [True] * 5


def test_certain_users_fail_singly_with_the_words_given(world):
    fault = {"items": {"where": {"external_id": "^P[13]$"}, "error": "Odd", "details": "Phone: is odd"}}
    world.zendesk.script([fault])
    results = world.write(*PEOPLE)
    failed = {"error": "Odd", "details": "Phone: is odd", "status": "Failed"}
    assert [results[n] for n in (1, 3)] == [{"id": 1, **failed}, {"id": 3, **failed}]
    assert written(world) == [True, False, True, False, True]
    assert (world.stats()["users_created"], world.stats()["users_failed"]) == (3, 2)
    assert world.write(PEOPLE[1])[0]["status"] == "Failed"  # for ever, unless told


def test_times_counts_writes_that_held_such_a_user(world):
    world.zendesk.script([{"times": 1, "items": {"where": {"name": "P1"}}}])
    assert world.write(PEOPLE[0])[0]["status"] == "Created"
    assert world.write(PEOPLE[1])[0]["details"] == "Email: is not properly formatted"
    assert world.write(PEOPLE[1])[0]["status"] == "Created"


def test_a_fault_that_comes_later_leaves_jobs_under_way_alone(world):
    waiting = world.submit(PEOPLE[0])
    world.zendesk.script([{"job": "failed"}])
    world.ask("POST", MANY, {"users": PEOPLE[1:]})
    world.zendesk.script([])
    world.clock.turn(1)
    assert world.job(waiting["id"])["status"] == "completed"
    assert written(world) == [True, False, False, False, False]
