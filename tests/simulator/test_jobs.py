from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("seconds", "status", "progress", "message"),
    [
        (0.0, "queued", None, None),
        (1.0, "queued", None, None),
        (6.0, "working", 50, "Creating User #50"),
        (9.9, "working", 98, "Creating User #98"),
        (10.0, "completed", 100, "Completed at 2026-11-22 12:00:10 +0000"),
        (500.0, "completed", 100, "Completed at 2026-11-22 12:00:10 +0000"),
    ],
)
def test_a_job_lives_by_the_clock(worlds, seconds, status, progress, message):
    world = worlds(job_seconds=10.0)
    job = world.submit(*[{"name": str(n)} for n in range(100)])
    world.clock.turn(seconds)
    seen = world.job(job["id"])
    assert (seen["status"], seen["progress"], seen["message"]) == (status, progress, message)
    assert (seen["results"] is None) is (status != "completed")
    assert seen["total"] == 100


def test_users_appear_when_their_job_is_done_and_not_before(world):
    world.submit({"name": "Ann", "external_id": "A"})
    world.clock.turn(0.9)
    assert world.user("A") is None
    world.clock.turn(0.1)
    assert world.user("A")["name"] == "Ann"


def test_jobs_apply_in_the_order_they_were_accepted(world):
    first = world.submit({"name": "First", "external_id": "A"})
    second = world.submit({"name": "Second", "external_id": "A"})
    world.clock.turn(60)
    assert world.user("A")["name"] == "Second"
    assert [world.job(job["id"])["results"][0]["status"] for job in (first, second)] == ["Created", "Updated"]


def test_a_job_never_overtakes_an_earlier_one_when_the_clock_steps_back(world):
    world.submit({"name": "First", "external_id": "A"})
    world.clock.turn(-5)
    world.submit({"name": "Second", "external_id": "A"})
    world.clock.turn(1)
    assert world.user("A") is None
    world.clock.turn(10)
    assert world.user("A")["name"] == "Second"


def test_jobs_of_no_duration_are_done_by_the_next_request(worlds):
    world = worlds(job_seconds=0)
    job = world.submit({"name": "Ann"})
    assert job["status"] == "queued"
    assert world.job(job["id"])["status"] == "completed"


def test_many_jobs_are_shown_in_one_request_and_unknown_ones_left_out(world):
    ids = [world.submit({"name": str(n)})["id"] for n in range(3)]
    seen = world.get(f"job_statuses/show_many?ids={ids[2]},nope,{ids[0]}")
    assert [job["id"] for job in seen["job_statuses"]] == [ids[2], ids[0]]
    assert seen["count"] == 2
    assert world.ask("GET", "job_statuses/show_many").status == 400
    assert world.ask("GET", f"job_statuses/show_many?ids={','.join(map(str, range(101)))}").status == 400


def test_the_list_of_jobs_begins_with_the_newest(world):
    ids = [world.submit({"name": str(n)})["id"] for n in range(3)]
    assert [job["id"] for job in world.get("job_statuses")["job_statuses"]] == ids[::-1]


def test_a_job_is_forgotten_after_a_day(world):
    job = world.submit({"name": "Ann"})
    world.clock.turn(86_399)
    assert world.job(job["id"])["status"] == "completed"
    world.clock.turn(1)
    assert world.ask("GET", f"job_statuses/{job['id']}").status == 404


def test_only_the_last_hundred_jobs_are_kept(worlds):
    world = worlds(job_seconds=0, users_per_second=1000)
    ids = [world.submit({"name": str(n)})["id"] for n in range(101)]
    assert world.ask("GET", f"job_statuses/{ids[0]}").status == 404
    assert world.job(ids[1])["status"] == "completed"
    assert len(world.get("job_statuses")["job_statuses"]) == 100


def test_a_clock_set_back_holds_up_no_job(world):
    first = world.submit({"name": "Ann", "external_id": "A"})
    world.clock.turn(-3600)
    assert world.job(first["id"])["status"] == "completed"
    assert world.job(first["id"])["message"] == "Completed at 2026-11-22 11:00:00 +0000"
    assert world.write({"name": "Ann", "external_id": "a"})[0]["status"] == "Updated"
    assert world.user("A")["created_at"] == "2026-11-22T11:00:00Z"
