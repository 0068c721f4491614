from __future__ import annotations

import pytest

from .world import document

ANN = {"name": "Ann", "external_id": "A", "email": "ann@example.com", "skip_verify_email": True}


@pytest.fixture
def ann(world):
    world.write(ANN, {"name": "Bea", "external_id": "B", "email": "bea@example.com"})
    return f"users/{world.user('A')['id']}/identities"


def add(world, ann, **identity):
    return world.ask("POST", ann, {"identity": {"type": "email", "value": "second@example.com", **identity}})


def test_a_further_address_is_secondary_and_can_be_shown(world, ann):
    mails = world.stats()["verification_mails"]
    made = add(world, ann, value=" Second@Example.com")
    shown = document(made)["identity"]
    assert (made.status, shown["value"], shown["primary"]) == (201, "second@example.com", False)
    assert world.get(f"{ann}/{shown['id']}")["identity"] == shown
    assert world.user("A")["email"] == "ann@example.com"
    assert world.stats()["verification_mails"] == mails + 1
    assert add(world, ann, value="third@example.com", skip_verify_email=True).status == 201
    assert add(world, ann, value="fourth@example.com", verified=True).status == 201
    assert world.stats()["verification_mails"] == mails + 1


def test_the_address_made_primary_is_the_email_and_all_are_answered(world, ann):
    second = document(add(world, ann))["identity"]["id"]
    answer = world.ask("PUT", f"{ann}/{second}/make_primary")
    assert answer.status == 200
    told = {i["value"]: i["primary"] for i in document(answer)["identities"]}
    assert told == {"ann@example.com": False, "second@example.com": True}
    assert world.user("A")["email"] == "second@example.com"
    assert world.user("A")["verified"] is False
    assert world.write({"name": "Ann", "email": "second@example.com"})[0]["external_id"] == "A"


def test_an_address_can_be_made_primary_as_it_is_added(world, ann):
    add(world, ann, primary=True, verified=True)
    assert (world.user("A")["email"], world.user("A")["verified"]) == ("second@example.com", True)


def test_a_value_can_be_rewritten_and_frees_the_old_one(world, ann):
    first = world.get(ann)["identities"][0]["id"]
    changed = world.ask("PUT", f"{ann}/{first}", {"identity": {"value": "New@Example.com"}})
    assert document(changed)["identity"]["value"] == world.user("A")["email"] == "new@example.com"
    assert world.write({"name": "Cid", "email": "ann@example.com"})[0]["status"] == "Created"


def test_verified_and_primary_can_be_set_by_an_update(world, ann):
    second = document(add(world, ann))["identity"]["id"]
    path = f"{ann}/{second}"
    assert document(world.ask("PUT", path, {"identity": {"verified": True}}))["identity"]["verified"] is True
    assert document(world.ask("PUT", path, {"identity": {"primary": True}}))["identity"]["primary"] is True
    assert (world.user("A")["email"], world.user("A")["verified"]) == ("second@example.com", True)


def test_verify_marks_and_a_request_for_it_mails(world, ann):
    first = world.get(ann)["identities"][0]["id"]
    mails = world.stats()["verification_mails"]
    assert world.ask("PUT", f"{ann}/{first}/request_verification").status == 200
    assert world.stats()["verification_mails"] == mails + 1
    assert document(world.ask("PUT", f"{ann}/{first}/verify"))["identity"]["verified"] is True
    assert world.user("A")["verified"] is True


def test_a_removed_primary_leaves_the_lead_to_the_oldest_other(world, ann):
    add(world, ann)
    add(world, ann, value="third@example.com")
    first = world.get(ann)["identities"][0]["id"]
    removed = world.ask("DELETE", f"{ann}/{first}")
    assert (removed.status, removed.body) == (204, b"")
    assert world.user("A")["email"] == "second@example.com"
    for identity in world.get(ann)["identities"]:
        world.ask("DELETE", f"{ann}/{identity['id']}")
    assert world.user("A")["email"] is None
    assert world.get(ann)["identities"] == []


@pytest.mark.parametrize(
    "identity",
    [
        {"value": "bea@example.com"},
        {"value": "ann@example.com"},
        {"value": "no address"},
        {"value": ""},
        {"value": None},
        {"type": "twitter"},
    ],
)
def test_what_cannot_be_added_is_refused_with_422(world, ann, identity):
    refused = add(world, ann, **identity)
    assert (refused.status, document(refused)["error"]) == (422, "RecordInvalid")
    assert len(world.get(ann)["identities"]) == 1


def test_a_value_of_somebody_else_cannot_be_taken_by_an_update(world, ann):
    first = world.get(ann)["identities"][0]["id"]
    assert world.ask("PUT", f"{ann}/{first}", {"identity": {"value": "bea@example.com"}}).status == 422
    assert world.ask("PUT", f"{ann}/{first}", {"identity": {"value": "ann@example.com"}}).status == 200
    assert world.ask("PUT", f"{ann}/{first}", {"value": "x@example.com"}).status == 400


@pytest.mark.parametrize("path", ["users/9/identities/9", "users/9/identities"])
def test_unknown_users_and_identities_are_404(world, ann, path):
    sent = {"identity": {"type": "email", "value": "x@example.com"}}
    methods = ["POST"] if path.endswith("identities") else ["GET", "PUT", "DELETE"]
    assert {world.ask(method, path, sent).status for method in methods} == {404}
    assert world.ask("GET", f"{ann}/9").status == 404
    assert world.ask("PUT", f"{ann}/9/make_primary").status == 404


def test_an_id_is_never_given_twice(world, ann):
    first = document(add(world, ann))["identity"]["id"]
    world.ask("DELETE", f"{ann}/{first}")
    assert document(add(world, ann))["identity"]["id"] > first


def test_a_line_becomes_the_phone_and_may_stay_when_it_is_removed(world, ann):
    line = document(add(world, ann, type="phone_number", value="+15551234567"))["identity"]
    assert (world.user("A")["phone"], world.user("A")["shared_phone_number"]) == ("+15551234567", False)
    world.ask("DELETE", f"{ann}/{line['id']}")
    assert world.user("A")["phone"] == "+15551234567"


def test_addresses_leave_a_shared_phone_alone(world, ann):
    world.write({"external_id": "A", "phone": "+15550000001"}, {"external_id": "B", "phone": "+15550000002"})
    world.write({"external_id": "A", "phone": "+15550000002"})
    before = world.user("A")["phone"], world.user("A")["shared_phone_number"]
    add(world, ann)
    assert (world.user("A")["phone"], world.user("A")["shared_phone_number"]) == before
