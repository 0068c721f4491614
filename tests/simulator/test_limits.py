from __future__ import annotations

from .world import MANY, document


def batch(count, prefix=""):
    return {"users": [{"name": "Ann", "external_id": f"{prefix}{n}"} for n in range(count)]}


def test_requests_over_the_minutes_limit_are_refused_until_the_minute_ends(worlds):
    world = worlds(requests_per_minute=3)
    world.clock.turn(20)
    remaining = [world.ask("GET", "users").headers["X-Rate-Limit-Remaining"] for _ in range(3)]
    assert remaining == ["2", "1", "0"]
    refused = world.ask("GET", "users")
    assert refused.status == 429
    assert refused.headers["Retry-After"] == refused.headers["ratelimit-reset"] == "40"
    assert refused.headers["Content-Type"].startswith("text/plain")
    world.clock.turn(40)
    assert world.ask("GET", "users").status == 200


def test_users_over_the_seconds_limit_are_refused_in_any_sliding_second(world):
    assert world.ask("POST", MANY, batch(60)).status == 200
    world.clock.turn(0.5)
    assert world.ask("POST", MANY, batch(40)).status == 200
    world.clock.turn(0.499)
    refused = world.ask("POST", MANY, batch(1))
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "1"
    assert "zendesk-ratelimit-inflight-jobs" in refused.headers
    world.clock.turn(0.001)
    assert world.ask("POST", MANY, batch(60)).status == 200
    assert world.ask("POST", MANY, batch(1)).status == 429


def test_refused_users_do_not_count_against_the_limit(world):
    world.ask("POST", MANY, batch(100))
    world.clock.turn(0.9)
    assert world.ask("POST", MANY, batch(100)).status == 429
    world.clock.turn(0.1)
    assert world.ask("POST", MANY, batch(100)).status == 200


def test_a_batch_above_the_limit_is_never_taken(worlds):
    world = worlds(users_per_second=50)
    assert world.ask("POST", MANY, batch(51)).status == 429
    assert world.ask("POST", MANY, batch(50)).status == 200


def test_the_31st_job_is_refused_with_the_recorded_body_and_queues_nothing(worlds):
    world = worlds(job_seconds=60)
    ids = [world.submit({"name": "Ann"})["id"] for _ in range(30)]
    refused = world.ask("POST", MANY, batch(1))
    assert refused.status == 429
    assert document(refused) == {
        "error": "TooManyJobs",
        "description": "Too many UserBulkUpdateJobV2 jobs are currently queued or running. Try again later.",
        "current_job_ids": ids,
    }
    assert world.stats()["jobs"] == 30
    world.clock.turn(60)
    assert world.ask("POST", MANY, batch(1)).status == 200


def test_the_free_job_slots_are_told_with_every_bulk_answer(worlds):
    world = worlds(job_seconds=60)
    header = world.ask("POST", MANY, batch(1)).headers["zendesk-ratelimit-inflight-jobs"]
    assert header == "total=30; remaining=29; resets=60"


def single(world, external_id):
    return world.ask("POST", "users/create_or_update", {"user": {"name": "Ann", "external_id": external_id}})


def test_single_writes_are_limited_to_one_a_second(world):
    assert single(world, "A").status == 201
    world.clock.turn(0.4)
    refused = single(world, "B")
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["Content-Type"].startswith("text/plain")
    assert world.user("B") is None
    world.clock.turn(0.6)
    assert single(world, "B").status == 201


def test_single_writes_of_one_user_are_limited_to_five_a_minute(world):
    for left in (4, 3, 2, 1, 0):
        answer = single(world, "A")
        assert answer.status in (200, 201)
        assert f"remaining={left};" in answer.headers["Zendesk-RateLimit-create-update-user"]
        world.clock.turn(2)
    refused = single(world, "A")
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "50"
    assert b"updating a single unique user" in refused.body
    assert single(world, "B").status == 201
    world.clock.turn(50)
    assert single(world, "A").status == 200


def test_a_clock_set_back_refuses_nobody(world):
    one = {"user": {"name": "Ann", "external_id": "A"}}
    assert world.ask("POST", MANY, batch(99)).status == 200
    assert world.ask("POST", "users/create_or_update", one).status == 201
    world.clock.turn(-3600)
    assert world.ask("POST", MANY, batch(99)).status == 200
    assert world.ask("POST", "users/create_or_update", one).status == 200
