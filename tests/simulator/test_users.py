from __future__ import annotations

import pytest


def test_a_new_end_user_reads_back_as_recorded(world, snapshot):
    world.write({"name": "Ann", "external_id": "A1", "email": "ann@example.com", "skip_verify_email": True})
    user = world.user("A1")
    assert len(user) == 37
    assert user == snapshot


def test_external_ids_are_compared_case_blind_and_take_the_sent_case(world):
    world.write({"name": "Ann", "external_id": "abc1"})
    world.write({"name": "Ann", "external_id": "ABC1"})
    assert world.user("aBc1")["external_id"] == "ABC1"
    assert world.stats()["users"] == 2


def test_a_user_without_external_id_is_found_by_email_and_receives_the_id(world):
    world.write({"name": "Ann", "email": "ann@example.com"})
    assert (
        world.write({"name": "Ann", "email": "ANN@example.com", "external_id": "A1"})[0]["status"]
        == "Updated"
    )
    assert world.user("A1")["email"] == "ann@example.com"


def test_a_secondary_email_identifies_too(world):
    world.write({"name": "Ann", "external_id": "A1", "email": "ann@example.com"})
    world.write({"external_id": "A1", "email": "ann2@example.com"})
    assert world.write({"name": "Anna", "email": "ann2@example.com"})[0]["status"] == "Updated"
    assert world.user("A1")["name"] == "Anna"


def test_an_email_on_update_becomes_secondary_once(world):
    world.write({"name": "Ann", "external_id": "A1", "email": "ann@example.com"})
    for _ in range(2):
        result = world.write({"external_id": "A1", "email": "ann2@example.com"})[0]
    assert result["email"] == "ann@example.com"
    assert world.emails(result["id"]) == [("ann@example.com", True), ("ann2@example.com", False)]


def test_the_first_email_of_a_user_without_one_leads(world):
    world.write({"name": "Ann", "external_id": "A1"})
    assert world.write({"external_id": "A1", "email": "ann@example.com"})[0]["email"] == "ann@example.com"


def test_identities_on_creation_lead_before_the_email(world):
    identities = [{"type": "email", "value": "lead@example.com"}, {"type": "twitter", "value": "ann"}]
    sent = {"name": "Ann", "external_id": "A1", "email": "ann@example.com", "identities": identities}
    result = world.write(sent)[0]
    assert result["email"] == "lead@example.com"
    assert world.emails(result["id"]) == [("lead@example.com", True), ("ann@example.com", False)]


def test_identities_that_others_own_fail_a_creation(world):
    world.write({"name": "Bea", "external_id": "B", "email": "bea@example.com"})
    identities = [{"type": "email", "value": "bea@example.com"}]
    assert world.write({"name": "Ann", "external_id": "A", "identities": identities})[0]["status"] == "Failed"


def test_an_item_without_external_id_and_email_makes_a_new_person_each_time(world):
    results = world.write({"name": "Ann"}, {"name": "Ann"})
    assert results[0]["id"] != results[1]["id"]


@pytest.mark.parametrize("name", ["", "  ", None])
def test_an_empty_name_fails_an_update_too(world, name):
    world.write({"name": "Ann", "external_id": "A1"})
    assert world.write({"external_id": "A1", "name": name})[0]["status"] == "Failed"
    assert world.user("A1")["name"] == "Ann"


@pytest.mark.parametrize(
    "email", ["x", "x@y", "x@y_", "a b@example.com", "a..b@example.com", "@example.com", "a@b@c.de", 5]
)
def test_a_malformed_email_fails_the_item_and_creates_nobody(world, email):
    assert (
        "is not properly formatted"
        in world.write({"name": "Ann", "external_id": "A", "email": email})[0]["details"]
    )
    assert world.user("A") is None


@pytest.mark.parametrize(
    "email", ["a.b+c@example.co.uk", "o'hara@example.com", "ü@bücher.de", "x@sub-domain.example.museum"]
)
def test_a_usual_email_is_taken(world, email):
    assert world.write({"name": "Ann", "external_id": "A", "email": email})[0]["email"] == email


@pytest.mark.parametrize("known", [True, False], ids=["external_id known", "external_id unknown"])
@pytest.mark.parametrize("setting", ["fail", "link"])
def test_an_email_of_somebody_else_fails_or_stays_with_its_owner(worlds, setting, known):
    world = worlds(id_and_email_of_two_people=setting)
    world.write({"name": "Bea", "external_id": "B", "email": "bea@example.com"})
    if known:
        world.write({"name": "Ann", "external_id": "A"})
    result = world.write({"name": "Ann Two", "external_id": "A", "email": "bea@example.com"})[0]
    if setting == "fail":
        assert result["details"] == "Email: bea@example.com is already being used by another user"
        assert (world.user("A") is not None) is known
    else:
        assert result["status"] == ("Updated" if known else "Created")
        assert world.user("A")["name"] == "Ann Two"
        assert world.user("A")["email"] is None
    assert world.user("B")["email"] == "bea@example.com"


@pytest.mark.parametrize("setting", ["ignore", "fail"])
def test_an_unknown_custom_field_is_dropped_or_fails_the_item(worlds, setting):
    world = worlds(unknown_custom_field=setting)
    result = world.write({"name": "Ann", "external_id": "A", "user_fields": {"city": "Ulm", "nope": 1}})[0]
    if setting == "ignore":
        assert world.user("A")["user_fields"]["city"] == "Ulm"
        assert "nope" not in world.user("A")["user_fields"]
    else:
        assert "nope" in result["details"]
        assert world.user("A") is None


@pytest.mark.parametrize("setting", ["merge", "fail"])
@pytest.mark.parametrize(
    "second", [{"external_id": "a"}, {"email": "ann@example.com"}], ids=["by id", "by email"]
)
def test_one_person_twice_in_a_batch_is_merged_or_fails_the_second(worlds, setting, second):
    world = worlds(one_person_twice_in_a_batch=setting)
    first = {"name": "Ann", "external_id": "A", "email": "ann@example.com"}
    results = world.write(first, {"name": "Anna", **second})
    assert [r["status"] for r in results] == ["Created", "Updated" if setting == "merge" else "Failed"]
    assert world.user("A")["name"] == ("Anna" if setting == "merge" else "Ann")


def test_the_same_person_in_two_jobs_is_never_twice_in_a_batch(worlds):
    world = worlds(one_person_twice_in_a_batch="fail")
    world.write({"name": "Ann", "external_id": "A"})
    assert world.write({"name": "Ann", "external_id": "A"})[0]["status"] == "Updated"


def test_an_external_id_that_one_frees_another_may_take_in_the_same_job(world):
    world.write({"name": "Ann", "external_id": "X", "email": "ann@example.com"})
    results = world.write(
        {"email": "ann@example.com", "external_id": None}, {"name": "Bea", "external_id": "x"}
    )
    assert [r["status"] for r in results] == ["Updated", "Created"]
    assert world.user("X")["name"] == "Bea"


def test_custom_fields_not_sent_keep_their_values_and_null_clears(world):
    world.write({"name": "Ann", "external_id": "A", "user_fields": {"city": "Ulm", "loyalty_points": 7}})
    world.write({"external_id": "A", "user_fields": {"city": None}})
    assert world.user("A")["user_fields"]["city"] is None
    assert world.user("A")["user_fields"]["loyalty_points"] == 7


def test_a_phone_of_ones_own_is_a_direct_line_with_an_identity(world):
    world.write({"name": "Ann", "external_id": "A", "phone": "+15551234567"})
    user = world.user("A")
    assert (user["phone"], user["shared_phone_number"]) == ("+15551234567", False)
    lines = world.get(f"users/{user['id']}/identities?type[]=phone_number")["identities"]
    assert [line["value"] for line in lines] == ["+15551234567"]


def test_a_number_of_somebody_else_is_stored_as_shared_without_identity(world):
    world.write(
        {"name": "Ann", "external_id": "A", "phone": "+1555"},
        {"name": "Bea", "external_id": "B", "phone": "+1555"},
    )
    user = world.user("B")
    assert (user["phone"], user["shared_phone_number"]) == ("+1555", True)
    assert world.get(f"users/{user['id']}/identities")["identities"] == []


def test_a_number_is_shared_when_its_owner_came_in_an_earlier_job(world):
    world.write({"name": "Ann", "external_id": "A", "phone": "+1555"})
    world.write({"name": "Bea", "external_id": "B", "phone": "+1555"})
    assert world.user("B")["shared_phone_number"] is True


def test_a_further_number_is_added_beside_the_direct_line(world):
    world.write({"name": "Ann", "external_id": "A", "phone": "+1555"})
    world.write({"external_id": "A", "phone": "+1666"})
    assert world.user("A")["phone"] == "+1555"
    lines = world.get(f"users/{world.user('A')['id']}/identities")["identities"]
    assert [(line["value"], line["primary"]) for line in lines] == [("+1555", True), ("+1666", False)]


@pytest.mark.parametrize("nothing", [None, ""])
def test_clearing_a_phone_frees_its_number(world, nothing):
    world.write({"name": "Ann", "external_id": "A", "phone": "+1555"})
    world.write({"external_id": "A", "phone": nothing})
    assert world.user("A")["phone"] is world.user("A")["shared_phone_number"] is None
    world.write({"name": "Bea", "external_id": "B", "phone": "+1555"})
    assert world.user("B")["shared_phone_number"] is False


def test_a_number_can_be_declared_shared(world):
    world.write({"name": "Ann", "external_id": "A", "phone": "+1555", "shared_phone_number": True})
    assert world.user("A")["shared_phone_number"] is True
    assert world.get(f"users/{world.user('A')['id']}/identities")["identities"] == []


def test_verified_speaks_of_the_email_the_write_adds(world):
    world.write({"name": "Ann", "external_id": "A", "email": "ann@example.com"})
    world.write({"external_id": "A", "email": "ann2@example.com", "verified": True})
    identities = world.get(f"users/{world.user('A')['id']}/identities")["identities"]
    assert [identity["verified"] for identity in identities] == [False, True]
    assert world.user("A")["verified"] is False
    world.write({"external_id": "A", "verified": True})
    assert world.user("A")["verified"] is True


def test_mails_are_sent_unless_told_otherwise(world):
    world.write(
        {"name": "A", "email": "a@example.com"},
        {"name": "B", "email": "b@example.com", "skip_verify_email": True},
        {"name": "C", "email": "c@example.com", "verified": True},
        {"name": "D"},
    )
    assert world.stats()["verification_mails"] == 1


def test_read_only_and_unknown_properties_are_passed_over(world):
    world.write(
        {"name": "Ann", "external_id": "A", "id": 7, "url": "x", "created_at": "1999-01-01", "colour": "red"}
    )
    user = world.user("A")
    assert user["id"] != 7
    assert user["created_at"] == "2026-11-22T12:00:01Z"
    assert "colour" not in user


def test_updating_moves_updated_at_alone(world):
    world.write({"name": "Ann", "external_id": "A"})
    world.clock.turn(60)
    world.write({"name": "Anna", "external_id": "A"})
    assert world.user("A")["created_at"] == "2026-11-22T12:00:01Z"
    assert world.user("A")["updated_at"] == "2026-11-22T12:01:02Z"
