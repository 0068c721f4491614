from __future__ import annotations

import pytest

from zdpipe.simulator.properties import tidy_tags


def test_a_role_is_honoured(world):
    world.write({"name": "Ann", "external_id": "A", "role": "agent"})
    assert (world.user("A")["role"], world.user("A")["restricted_agent"]) == ("agent", False)


def test_a_custom_role_makes_an_agent_of_an_end_user(world):
    world.write({"name": "Ann", "external_id": "A"})
    world.write({"external_id": "A", "role": "end-user", "custom_role_id": 5})
    assert (world.user("A")["role"], world.user("A")["role_type"]) == ("agent", 0)


def test_an_agent_made_an_end_user_is_restricted_again(world):
    world.write({"name": "Ann", "external_id": "A", "role": "admin"})
    world.write({"external_id": "A", "role": "end-user"})
    user = world.user("A")
    assert (user["role"], user["role_type"], user["ticket_restriction"]) == ("end-user", None, "requested")


def test_an_unknown_role_fails(world):
    assert world.write({"name": "Ann", "role": "owner"})[0]["details"] == "Role: is not valid"


@pytest.mark.parametrize(
    ("sent", "stored"), [("groups", "requested"), ("organization", "organization"), (None, "requested")]
)
def test_a_restriction_that_end_users_cannot_have_becomes_requested(world, sent, stored):
    world.write({"name": "Ann", "external_id": "A", "ticket_restriction": sent})
    assert world.user("A")["ticket_restriction"] == stored


def test_an_agents_restriction_may_be_null(world):
    world.write({"name": "Ann", "external_id": "A", "role": "agent", "ticket_restriction": "groups"})
    assert world.user("A")["ticket_restriction"] == "groups"
    world.write({"external_id": "A", "ticket_restriction": None})
    assert world.user("A")["ticket_restriction"] is None


def test_a_null_alias_reads_back_blank(world):
    world.write({"name": "Ann", "external_id": "A", "alias": None})
    assert world.user("A")["alias"] == ""


@pytest.mark.parametrize(
    "bad", [{"name": 5}, {"phone": 5}, {"details": {}}, {"suspended": "yes"}, {"alias": 1}]
)
def test_a_property_of_the_wrong_type_fails(world, bad):
    assert world.write({"name": "Ann", **bad})[0]["status"] == "Failed"


@pytest.mark.parametrize(
    ("sent", "locale", "locale_id"),
    [
        ({"locale": "de"}, "de", 8),
        ({"locale_id": 16}, "fr", 16),
        ({"locale": "de", "locale_id": 16}, "de", 8),
        ({"locale_id": 9999}, "en-US", 1),
    ],
)
def test_a_locale_wins_over_its_id(world, sent, locale, locale_id):
    world.write({"name": "Ann", "external_id": "A", **sent})
    assert (world.user("A")["locale"], world.user("A")["locale_id"]) == (locale, locale_id)


def test_the_iana_zone_follows_the_time_zone(world):
    world.write({"name": "Ann", "external_id": "A", "time_zone": "Berlin"})
    assert world.user("A")["iana_time_zone"] == "Europe/Berlin"


def test_sent_tags_replace_all_others(world):
    world.write({"name": "Ann", "external_id": "A", "tags": ["one", "two"]})
    world.write({"external_id": "A", "tags": ["three"]})
    assert world.user("A")["tags"] == ["three"]
    world.write({"external_id": "A", "tags": [""]})
    assert world.user("A")["tags"] == []


def test_tags_are_lower_cased_and_cut_at_blanks():
    assert tidy_tags(["Fourth Tag", "under_score", "wow!", "!"]) == {"fourth", "tag", "under_score", "wow"}
    assert tidy_tags("no list") == set()


@pytest.mark.parametrize("name", ["organization_id", "default_group_id", "custom_role_id", "locale_id"])
def test_a_number_is_a_whole_one(world, name):
    results = world.write(
        *({"name": "Ann", "external_id": f"{n}", name: sent} for n, sent in enumerate([8, "8", None, ""])),
        *({"name": "Ann", name: sent} for sent in (1.5, True, [8], {"id": 8}, "eight", -8, 2**63)),
    )
    assert [r["status"] for r in results] == ["Created"] * 4 + ["Failed"] * 7
    assert world.user("0")[name] == world.user("1")[name] == 8
    assert world.user("2")[name] == world.user("3")[name]
