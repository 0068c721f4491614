from __future__ import annotations

import pytest

from zdpipe.simulator.fields import BadValue, rendered_value, stored_value
from zdpipe.simulator.settings import FieldSpec

from .world import document


def field(kind, **more):
    return {"key": "f", "type": kind, **more}


OPTIONS = {"custom_field_options": [{"value": "gold"}, {"value": "silver"}]}


@pytest.mark.parametrize(
    ("known", "sent", "stored"),
    [
        (field("text"), "x", "x"),
        (field("text"), 5, "5"),
        (field("textarea"), "a\nb", "a\nb"),
        (field("integer"), 5, 5),
        (field("integer"), "-12", -12),
        (field("decimal"), 5.1, 5.1),
        (field("decimal"), "5.10", 5.1),
        (field("decimal"), 10**300, 10**300),
        (field("integer"), 2**63 - 1, 2**63 - 1),
        (field("checkbox"), True, True),
        (field("checkbox"), "false", False),
        (field("date"), "2020-08-19", "2020-08-19"),
        (field("date"), "2020-08-19T20:50:04.000Z", "2020-08-19"),
        (field("dropdown", **OPTIONS), "gold", "gold"),
        (field("multiselect", **OPTIONS), ["gold", "silver"], ["gold", "silver"]),
        (field("regexp", regexp_for_validation=r"\A[0-9]+\z"), "42", "42"),
        (field("lookup"), 7, 7),
    ],
)
def test_a_fitting_value_is_stored(known, sent, stored):
    assert stored_value(known, sent) == stored
    assert stored_value(known, None) is None
    assert stored_value(known, "") is None


@pytest.mark.parametrize(
    ("known", "sent"),
    [
        (field("text"), True),
        (field("text"), ["x"]),
        (field("integer"), 5.0),
        (field("integer"), True),
        (field("integer"), "5.0"),
        (field("decimal"), "five"),
        (field("decimal"), True),
        (field("decimal"), float("inf")),
        (field("checkbox"), 1),
        (field("checkbox"), "yes"),
        (field("date"), "19.08.2020"),
        (field("date"), "2020-02-30"),
        (field("date"), 20200819),
        (field("dropdown", **OPTIONS), "Gold"),
        (field("dropdown", **OPTIONS), ["gold"]),
        (field("multiselect", **OPTIONS), "gold"),
        (field("multiselect", **OPTIONS), ["lead"]),
        (field("regexp", regexp_for_validation=r"\A[0-9]+\z"), "42x"),
        (field("lookup"), []),
    ],
)
def test_a_value_that_does_not_fit_is_refused(known, sent):
    with pytest.raises(BadValue):
        stored_value(known, sent)


def test_a_checkbox_never_set_reads_false_and_a_date_gains_a_time():
    assert rendered_value(field("checkbox"), None) is False
    assert rendered_value(field("date"), "2020-08-19") == "2020-08-19T00:00:00+00:00"
    assert rendered_value(field("date"), None) is None
    assert rendered_value(field("text"), None) is None


def test_a_bad_value_fails_the_item_and_names_the_field(world):
    result = world.write({"name": "Ann", "external_id": "A", "user_fields": {"loyalty_points": "many"}})[0]
    assert result["details"] == "Loyalty points: 'many' is not an integer"
    assert world.write({"name": "Ann", "user_fields": []})[0]["status"] == "Failed"


def test_ticked_checkboxes_and_dropdowns_add_and_take_away_their_tags(worlds):
    world = worlds(
        user_fields=(
            FieldSpec("vip", "VIP", "checkbox", tag="checkedbox"),
            FieldSpec("tier", "Tier", "dropdown", options=("gold", "silver")),
            FieldSpec("likes", "Likes", "multiselect", options=("tea", "milk")),
        )
    )
    fields = {"vip": True, "tier": "gold", "likes": ["tea"]}
    world.write({"name": "Ann", "external_id": "A", "tags": ["here"], "user_fields": fields})
    assert set(world.user("A")["tags"]) == {"here", "checkedbox", "gold", "tea"}
    world.write({"external_id": "A", "user_fields": {"vip": False, "tier": "silver"}})
    assert set(world.user("A")["tags"]) == {"here", "silver", "tea"}


def test_the_list_of_fields_shows_what_the_account_began_with(world):
    listed = world.get("user_fields")
    assert listed["count"] == 13
    by_key = {field["key"]: field for field in listed["user_fields"]}
    assert by_key["lifetime_value"]["type"] == "decimal"
    assert by_key["birthdate"]["regexp_for_validation"].startswith(r"\A")
    assert "tag" in by_key["email_opt_in"]
    assert by_key["city"]["active"] is True


def test_fields_come_in_cursor_pages_too(world):
    page = world.get("user_fields?page[size]=10")
    assert len(page["user_fields"]) == 10
    assert page["meta"]["has_more"] is True
    rest = world.get(page["links"]["next"].partition("/api/v2/")[2])
    assert len(rest["user_fields"]) == 3


@pytest.mark.parametrize(
    ("kind", "sent"),
    [("decimal", 10**400), ("decimal", "9" * 400), ("decimal", float("inf")), ("integer", 2**63)],
)
def test_a_number_beyond_all_bounds_does_not_fit(kind, sent):
    with pytest.raises(BadValue):
        stored_value(field(kind), sent)


def test_a_lookup_field_tells_what_it_points_to(world):
    sent = {"key": "shop", "title": "Shop", "type": "lookup", "relationship_target_type": "zen:organization"}
    response = world.ask("POST", "user_fields", {"user_field": sent})
    created = document(response)["user_field"]
    assert (created["relationship_target_type"], created["relationship_filter"]) == ("zen:organization", None)
