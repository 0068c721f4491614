from __future__ import annotations

import pytest

from .world import document

PEOPLE = [{"name": f"P{n}", "external_id": f"P{n}", "email": f"p{n}@example.com"} for n in range(3)]


def run(world, method, path, body):
    answer = world.ask(method, path, body)
    assert answer.status == 200, answer.body
    world.clock.turn(1)
    return world.job(document(answer)["job_status"]["id"])


def test_create_many_creates_and_answers_in_its_own_form(world):
    job = run(world, "POST", "users/create_many", {"users": [*PEOPLE, {"name": "Nameless"}]})
    assert job["job_type"] == "Bulk Create User"
    first, *_, last = job["results"]
    assert first == {
        "id": world.user("P0")["id"],
        "status": "Created",
        "email": "p0@example.com",
        "external_id": "P0",
    }
    assert sorted(last) == ["id", "status"]


def test_create_many_fails_those_who_are_there(world):
    world.write(*PEOPLE[:2])
    sent = [
        {"name": "X", "external_id": "p0"},
        {"name": "Y", "email": "P1@example.com"},
        PEOPLE[2],
        PEOPLE[2],
    ]
    results = run(world, "POST", "users/create_many", {"users": sent})["results"]
    assert [result["status"] for result in results] == ["Failed", "Failed", "Created", "Failed"]
    assert "has already been taken" in results[0]["details"]
    assert "is already being used" in results[1]["details"]
    assert world.user("P0")["name"] == "P0"


def test_update_many_changes_each_of_a_list(world):
    ids = [result["id"] for result in world.write(*PEOPLE)]
    sent = [
        {"id": ids[0], "name": "New 0"},
        {"external_id": "p1", "name": "New 1"},
        {"id": 9},
        {"name": "Nobody"},
    ]
    job = run(world, "PUT", "users/update_many", {"users": sent})
    assert job["job_type"] == "Bulk Update User"
    assert job["results"][0] == {"id": ids[0], "action": "update", "status": "Updated", "success": True}
    assert [result["status"] for result in job["results"]] == ["Updated", "Updated", "Failed", "Failed"]
    assert [world.user(f"P{n}")["name"] for n in range(3)] == ["New 0", "New 1", "P2"]
    assert world.stats()["users"] == 4


@pytest.mark.parametrize("name", ["ids", "external_ids"])
def test_update_many_changes_all_alike(world, name):
    ids = [str(result["id"]) for result in world.write(*PEOPLE)]
    world.clock.turn(2)
    values = ",".join(ids if name == "ids" else ["p0", "P1", "P2"])
    job = run(world, "PUT", f"users/update_many?{name}={values}", {"user": {"notes": "seen"}})
    assert [result["id"] for result in job["results"]] == [int(i) for i in ids]
    assert [world.user(f"P{n}")["notes"] for n in range(3)] == ["seen"] * 3
    assert world.stats()["users_received"] == 6
    assert world.ask("PUT", f"users/update_many?{name}={values}", {}).status == 400


@pytest.mark.parametrize(("method", "path"), [("POST", "users/create_many"), ("PUT", "users/update_many")])
def test_no_more_than_a_hundred_and_no_fewer_than_one(world, method, path):
    many = world.ask(method, path, {"users": [{"name": "A"}] * 101})
    assert (many.status, document(many)["error"]) == (400, "TooManyValues")
    assert world.ask(method, path, {"users": []}).status == 400
    assert world.stats()["jobs"] == 0


def test_update_many_counts_the_users_it_names_against_the_limit(worlds):
    world = worlds(users_per_second=2)
    change = {"user": {"notes": "x"}}
    assert world.ask("PUT", "users/update_many?external_ids=a,b", change).status == 200
    assert world.ask("PUT", "users/update_many?external_ids=a", change).status == 429


def test_faults_of_a_job_meet_these_jobs_too(world):
    world.write(*PEOPLE)
    world.zendesk.script([{"items": {"where": {"external_id": "p1"}}}])
    job = run(world, "PUT", "users/update_many?external_ids=p0,p1", {"user": {"notes": "x"}})
    assert [result["status"] for result in job["results"]] == ["Updated", "Failed"]
