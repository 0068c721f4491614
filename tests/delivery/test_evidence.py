"""What counts as evidence that a user arrived."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.delivery.world import address, person
from zdpipe.delivery.evidence import arrived, is_empty, is_equal, is_shown
from zdpipe.zendesk.wire import User

BORN = datetime(2026, 11, 22, tzinfo=UTC)
ITEM = person(1, 1, 0, email=None)


def user(emails: tuple[str, ...] = (), phones: tuple[str, ...] = (), **properties: Any) -> User:
    phones = (*phones, *filter(None, [properties.get("phone")]))
    return User(7, "id-1", BORN, frozenset(emails), frozenset(phones), {"name": "Person 1", **properties})


def sending(**properties: Any) -> Any:
    return replace(ITEM, payload=json.dumps({"external_id": "id-1", "name": "Person 1", **properties}))


@pytest.mark.parametrize(
    ("sent", "shown", "same"),
    [
        ({"phone": "+15550100"}, {"phone": "+15550100"}, True),
        ({"phone": "+15550100"}, {"phone": "+15550199"}, False),
        ({"phone": "+15550100"}, {"phone": None}, False),
        ({"alias": None}, {"alias": ""}, True),
        ({"name": "Person 1"}, {"name": "Person One"}, False),
        ({"user_fields": {"city": "Oslo"}}, {"user_fields": {"city": "Oslo", "state": "CA"}}, True),
        ({"user_fields": {"city": "Oslo"}}, {"user_fields": {"city": "Bergen"}}, False),
        ({"user_fields": {"unknown": 1}}, {"user_fields": {"city": "Bergen"}}, True),
        ({"user_fields": {"worth": 5.10}}, {"user_fields": {"worth": 5.1}}, True),
        ({"user_fields": {"worth": 5}}, {"user_fields": {"worth": "5.00"}}, True),
        ({"user_fields": {"worth": 5}}, {"user_fields": {"worth": 5.01}}, False),
        ({"user_fields": {"worth": 5}}, {"user_fields": {"worth": "much"}}, False),
        ({"user_fields": {"on": "2026-11-22"}}, {"user_fields": {"on": "2026-11-22T00:00:00+00:00"}}, True),
        ({"user_fields": {"on": "2026-11-22"}}, {"user_fields": {"on": "2026-11-23T00:00:00+00:00"}}, False),
        ({"user_fields": {"opt": False}}, {"user_fields": {"opt": False}}, True),
        ({"user_fields": {"opt": None}}, {"user_fields": {"opt": False}}, True),
        ({"user_fields": {"opt": True}}, {"user_fields": {"opt": False}}, False),
        ({"user_fields": {"opt": True}}, {"user_fields": {"opt": None}}, False),
        ({"user_fields": {"opt": False}}, {"user_fields": {"opt": None}}, True),
        ({"user_fields": {"count": 1}}, {"user_fields": {"count": True}}, False),
        ({"tags": ["b", "a"]}, {"tags": ["a", "b", "field"]}, True),
        ({"tags": ["b", "a"]}, {"tags": ["a"]}, False),
        ({"tags": ["Fourth Tag", "VIP"]}, {"tags": ["vip", "fourth", "tag"]}, True),
        ({"tags": ["Fourth Tag"]}, {"tags": ["fourth_tag"]}, False),
        ({"ticket_restriction": "groups"}, {"ticket_restriction": "requested"}, True),
        ({"ticket_restriction": "groups"}, {"ticket_restriction": "assigned"}, False),
        (
            {"user_fields": {"on": "1990-01-01T20:50:04Z"}},
            {"user_fields": {"on": "1990-01-01T00:00:00+00:00"}},
            True,
        ),
        (
            {"user_fields": {"on": "1990-01-01T20:50:04Z"}},
            {"user_fields": {"on": "1990-01-02T00:00:00+00:00"}},
            False,
        ),
        ({"phone": None}, {"phone": None}, True),
        ({"phone": None}, {"phone": "+15550100"}, False),
        ({"skip_verify_email": True}, {}, True),
    ],
)
def test_what_was_sent_is_compared_as_zendesk_stores_it(
    sent: dict[str, Any], shown: dict[str, Any], same: bool
) -> None:
    assert arrived(sending(**sent), user(**shown)) is same


@pytest.mark.parametrize(
    ("field", "found", "empty"),
    [
        ("alias", user(alias=""), True),
        ("alias", user(alias=None), True),
        ("alias", user(), True),
        ("alias", user(alias="al"), False),
        ("tags", user(tags=[]), True),
        ("tags", user(tags=["vip"]), False),
        ("moderator", user(moderator=False), True),
        ("moderator", user(moderator=True), False),
        ("phone", user(phone=None), True),
        ("phone", user(phone="+15550100"), False),
        ("phone", user(phones=("+15550100",), phone=None), False),
        ("remote_photo_url", user(photo={"id": 1}), False),
        ("remote_photo_url", user(photo=None), True),
        ("user_fields.count", user(user_fields={"count": 0}), False),
        ("user_fields.count", user(user_fields={"count": None}), True),
        ("user_fields.opt", user(user_fields={"opt": False}), True),
        ("user_fields.unknown", user(user_fields={}), True),
    ],
)
def test_a_field_is_empty_where_nothing_of_it_is_shown(field: str, found: User, empty: bool) -> None:
    assert is_empty(found, field) is empty


def test_a_number_may_stand_beside_the_one_that_is_shown() -> None:
    found = user(phones=("+15550100",), phone="+15550199")
    assert arrived(sending(phone="+15550100"), found)
    assert not arrived(sending(phone="+15550111"), found)


def test_an_address_may_be_any_of_the_users() -> None:
    assert arrived(sending(email="b@x.y"), user(("a@x.y", "b@x.y"), email="a@x.y"))
    assert not arrived(sending(email="c@x.y"), user(("a@x.y", "b@x.y"), email="a@x.y"))


def test_of_a_further_address_nothing_else_counts() -> None:
    further = address(ITEM, 2, 0, "b@x.y")
    assert arrived(further, user(("a@x.y", "b@x.y"), name="Somebody"))
    assert not arrived(further, user(("a@x.y",), name="Person"))


VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(["alias", "notes", "tags"]), VALUES),
    st.fixed_dictionaries({}, optional={"phone": st.none() | st.text()}),
)
def test_what_reads_back_unchanged_arrived(sent: dict[str, Any], phone: dict[str, Any]) -> None:
    assert arrived(sending(**sent, **phone), user(**sent, **phone))


@pytest.mark.parametrize(
    ("value", "found", "equal"),
    [
        (["a", "b"], ["B", "a"], True),
        (["a"], ["a", "b"], False),
        (["a"], None, False),
        (None, "", True),
        ("1990-01-31", "1990-01-31T00:00:00+00:00", True),
        (12.5, 12.50, True),
        ("Oslo", "Rome", False),
    ],
)
def test_a_list_is_equal_only_where_nothing_is_added(value: Any, found: Any, equal: bool) -> None:
    assert is_equal(value, found) is equal


def test_a_field_is_shown_though_it_is_empty() -> None:
    empty = user(phone=None, user_fields={"city": None})
    assert [is_shown(empty, name) for name in ("phone", "user_fields.city")] == [True, True]
    assert [is_shown(empty, name) for name in ("remote_photo_url", "user_fields.state")] == [False, False]
