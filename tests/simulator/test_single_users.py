from __future__ import annotations

import pytest

from .world import document

ANN = {"name": "Ann", "external_id": "A", "email": "ann@example.com"}


@pytest.fixture
def ann(world):
    return world.write(ANN)[0]["id"]


def test_a_new_user_is_created_at_once(world):
    made = world.ask("POST", "users", {"user": ANN})
    assert (made.status, document(made)["user"]["external_id"]) == (201, "A")
    assert world.stats()["users_created"] == 1


@pytest.mark.parametrize("sent", [{"external_id": "a"}, {"email": "ANN@example.com"}])
def test_whoever_is_there_already_is_not_created_again(world, ann, sent):
    refused = world.ask("POST", "users", {"user": {"name": "Other", **sent}})
    assert refused.status == 422
    assert list(document(refused)["details"]) == list(sent)
    assert world.stats()["users"] == 2


def test_a_user_is_updated_by_id(world, ann):
    sent = {"user": {"name": "Anna", "external_id": "B", "user_fields": {"city": "Ulm"}}}
    changed = world.ask("PUT", f"users/{ann}", sent)
    user = document(changed)["user"]
    assert (changed.status, user["id"], user["name"], user["external_id"]) == (200, ann, "Anna", "B")
    assert user["user_fields"]["city"] == "Ulm"
    assert "remaining=4" in changed.headers["Zendesk-RateLimit-create-update-user"]
    assert world.user("A") is None


def test_a_new_email_of_a_known_user_is_secondary(world, ann):
    user = document(world.ask("PUT", f"users/{ann}", {"user": {"email": "new@example.com"}}))["user"]
    assert user["email"] == "ann@example.com"
    assert world.emails(ann) == [("ann@example.com", True), ("new@example.com", False)]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"user": {"external_id": "b"}}, 422),
        ({"user": {"email": "bea@example.com"}}, 422),
        ({"user": {"email": "bad"}}, 422),
        ({"user": {"name": ""}}, 422),
        ({"user": "Ann"}, 400),
    ],
)
def test_an_update_that_cannot_be_is_refused(world, ann, sent, status):
    world.write({"name": "Bea", "external_id": "B", "email": "bea@example.com"})
    assert world.ask("PUT", f"users/{ann}", sent).status == status
    assert world.user("A")["email"] == "ann@example.com"


def test_an_id_in_the_body_does_not_redirect_an_update(world, ann):
    other = world.write({"name": "Bea", "external_id": "B"})[0]["id"]
    world.ask("PUT", f"users/{ann}", {"user": {"id": other, "name": "Anna"}})
    assert (world.user("A")["name"], world.user("B")["name"]) == ("Anna", "Bea")


def test_updates_have_the_limit_of_single_writes(world, ann):
    assert world.ask("PUT", f"users/{ann}", {"user": {"name": "1"}}).status == 200
    assert world.ask("PUT", f"users/{ann}", {"user": {"name": "2"}}).status == 429


def test_nobody_is_updated_or_deleted_who_is_not_there(world):
    assert world.ask("PUT", "users/9", {"user": {"name": "A"}}).status == 404
    assert world.ask("DELETE", "users/9").status == 404


def test_a_deleted_user_is_found_no_more_and_frees_what_was_theirs(world, ann):
    world.write({"external_id": "A", "phone": "+15551234567"})
    gone = world.ask("DELETE", f"users/{ann}")
    assert (gone.status, document(gone)["user"]["active"]) == (200, False)
    paths = [f"users/show_many?ids={ann}", "users/show_many?external_ids=A", "users/search?query=Ann"]
    assert [world.get(path)["users"] for path in paths] == [[], [], []]
    assert world.get("users/search?external_id=A")["users"] == []
    assert [user["id"] for user in world.get("users?role=end-user")["users"]] == []
    assert world.get(f"users/{ann}")["user"]["active"] is False
    assert world.stats()["users"] == 1
    again = world.write({**ANN, "phone": "+15551234567"})[0]
    assert (again["status"], again["id"] != ann) == ("Created", True)
    assert world.user("A")["shared_phone_number"] is False


def test_a_deleted_user_stays_deleted(world, ann):
    world.ask("DELETE", f"users/{ann}")
    assert world.ask("DELETE", f"users/{ann}").status == 404
    assert world.ask("PUT", f"users/{ann}", {"user": {"name": "Anna"}}).status == 404
    assert world.ask("GET", f"users/{ann}/identities").status == 404


def test_the_caller_cannot_be_deleted(world):
    me = world.get("users/me")["user"]["id"]
    assert world.ask("DELETE", f"users/{me}").status == 422
    assert world.get("users/me")["user"]["id"] == me


def test_a_suspended_user_reads_so(world, ann):
    assert (
        document(world.ask("PUT", f"users/{ann}", {"user": {"suspended": True}}))["user"]["suspended"] is True
    )


@pytest.mark.parametrize(
    ("phone", "good"),
    [
        ("+15551234567", True),
        ("+15551234567x123", True),
        ("+15551234567 x1", True),
        ("", True),
        (None, True),
        ("5551234567", False),
        ("+0551234567", False),
        ("+1555123456789012", False),
        ("+1 555 123 4567", False),
    ],
)
def test_phones_are_checked_only_where_the_account_does(worlds, phone, good):
    user = {"name": "Ann", "external_id": "A", "phone": phone}
    assert worlds().write(user)[0]["status"] == "Created"
    world = worlds(validate_phones=True)
    result = world.write(user)[0]
    assert result["status"] == ("Created" if good else "Failed")
    if not good:
        text = f"Phone: {phone} is not properly formatted"
        assert result["details"] == text
        refused = document(world.ask("POST", "users", {"user": user}))
        assert refused["details"] == {"phone": [{"description": text, "error": "InvalidFormat"}]}
