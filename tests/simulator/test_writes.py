from __future__ import annotations

import pytest

from .world import MANY, document


def test_an_accepted_write_is_200_with_a_queued_job(world):
    response = world.ask("POST", MANY, {"users": [{"name": "Ann", "external_id": "A1"}]})
    assert response.status == 200
    job = document(response)["job_status"]
    assert list(job) == ["id", "job_type", "url", "total", "progress", "status", "message", "results"]
    assert job["id"].startswith("V3-")
    assert len(job["id"]) == 35
    assert (job["job_type"], job["total"], job["status"]) == ("Bulk Create User", 1, "queued")
    assert job["progress"] is job["message"] is job["results"] is None


def test_more_than_a_hundred_users_are_too_many_values(world):
    response = world.ask("POST", MANY, {"users": [{"name": str(n)} for n in range(101)]})
    assert response.status == 400
    assert document(response) == {
        "error": "TooManyValues",
        "description": "Maximum 100 users may be created per call",
    }
    assert world.stats()["jobs"] == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"users": []}',
        b"{}",
        b'{"users": {}}',
        b'{"users": [{"name": NaN}]}',
        '{"users": [{"name": "\\ud800"}]}'.encode("utf-16"),
        b'\xef\xbb\xbf{"users": [{"name": "Ann"}]}',
        b"\xff",
        b"[" * 5000,
        b'{"users": [{"name": "half \\ud83d"}]}',
    ],
)
def test_a_body_that_is_no_list_of_users_is_400(world, body):
    assert world.ask("POST", MANY, body).status == 400
    assert world.stats()["jobs"] == 0


def test_results_come_in_sent_order_in_the_recorded_shapes(world):
    world.write({"name": "Bea", "external_id": "B", "email": "bea@example.com"})
    results = world.write(
        {"name": "Cid", "external_id": "C", "email": "Cid@Example.com "},
        {"name": "Bea B", "external_id": "b"},
        {"name": "Dan", "external_id": "D", "email": "not an email"},
        "not an object",
        {"external_id": "E"},
    )
    assert results[0] == {
        "id": world.user("C")["id"],
        "status": "Created",
        "email": "cid@example.com",
        "external_id": "C",
    }
    assert results[1] == {
        "id": world.user("B")["id"],
        "status": "Updated",
        "email": "bea@example.com",
        "external_id": "b",
    }
    assert results[2] == {
        "id": 2,
        "error": "UserUpdateError",
        "details": "Email: not an email is not properly formatted",
        "status": "Failed",
    }
    assert results[3]["status"] == "Failed"
    assert results[4]["id"] == 4
    assert results[4]["details"] == "Name: is too short (minimum one character)"


def test_the_same_payload_again_reads_updated(world):
    user = {"name": "Ann", "external_id": "A1", "email": "ann@example.com"}
    assert [r["status"] for r in world.write(user) + world.write(user)] == ["Created", "Updated"]


def test_a_single_write_creates_with_201_then_updates_with_200(world):
    user = {"name": "Ann", "external_id": "A1", "email": "ann@example.com"}
    created = world.ask("POST", "users/create_or_update", {"user": user})
    world.clock.turn(1)
    updated = world.ask("POST", "users/create_or_update", {"user": {**user, "name": "Anna"}})
    assert (created.status, updated.status) == (201, 200)
    assert document(updated)["user"]["name"] == "Anna"
    assert document(updated)["user"]["id"] == document(created)["user"]["id"]
    assert len(document(created)["user"]) == 37


def test_an_invalid_single_write_is_422_with_the_recorded_body(world):
    response = world.ask("POST", "users/create_or_update", {"user": {"name": "Ann", "email": "badmail"}})
    assert response.status == 422
    assert document(response) == {
        "error": "RecordInvalid",
        "description": "Record validation errors",
        "details": {"email": [{"description": "Email: badmail is not properly formatted"}]},
    }
    assert world.stats()["users"] == 1


@pytest.mark.parametrize("body", [{}, {"user": []}, b"nonsense"])
def test_a_single_write_without_a_user_is_400(world, body):
    assert world.ask("POST", "users/create_or_update", body).status == 400


def test_a_created_field_can_be_written(world):
    sent = {"user_field": {"key": "shoe_size", "title": "Shoe size", "type": "integer"}}
    created = world.ask("POST", "user_fields", sent)
    assert created.status == 201
    assert document(created)["user_field"]["key"] == "shoe_size"
    world.write({"name": "Ann", "external_id": "A", "user_fields": {"shoe_size": 44}})
    assert world.user("A")["user_fields"]["shoe_size"] == 44


@pytest.mark.parametrize(
    ("field", "property_"),
    [
        ({"key": "city", "title": "City", "type": "text"}, "key"),
        ({"key": "123", "title": "Digits", "type": "text"}, "key"),
        ({"key": "a b", "title": "Blank", "type": "text"}, "key"),
        ({"title": "No key", "type": "text"}, "key"),
        ({"key": "no_title", "type": "text"}, "title"),
        ({"key": "wrong", "title": "Wrong", "type": "colour"}, "type"),
        ({"key": "wrong", "title": "Wrong", "type": []}, "type"),
        ({"key": "pattern", "title": "Pattern", "type": "regexp"}, "regexp_for_validation"),
        ({"key": "p", "title": "P", "type": "regexp", "regexp_for_validation": "("}, "regexp_for_validation"),
        ({"key": "tier", "title": "Tier", "type": "dropdown"}, "custom_field_options"),
        (
            {"key": "t", "title": "T", "type": "dropdown", "custom_field_options": ["x"]},
            "custom_field_options",
        ),
    ],
)
def test_a_field_that_breaks_the_rules_is_422(world, field, property_):
    response = world.ask("POST", "user_fields", {"user_field": field})
    assert response.status == 422
    assert list(document(response)["details"]) == [property_]


def test_a_field_must_be_an_object(world):
    assert world.ask("POST", "user_fields", {"user_field": 1}).status == 400


@pytest.mark.parametrize(("levels", "status"), [(97, 200), (98, 200), (99, 400), (900, 400)])
def test_a_payload_that_could_not_be_read_again_is_no_job(world, levels, status):
    nested = b"[" * levels + b"]" * levels
    assert world.ask("POST", MANY, b'{"users": [{"name": "Ann", "x": %b}]}' % nested).status == status
