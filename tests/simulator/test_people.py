"""Under any writes, external_ids and emails stay unique, and stored users agree with their job results."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from zdpipe.simulator.people import fold
from zdpipe.simulator.settings import Settings

from .world import World

ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Ann", "Bea", "", None]),
        "external_id": st.sampled_from(["a", "A", "b", "B", "c", "", None]),
        "email": st.sampled_from(["a@x.de", "A@x.de ", "b@x.de", "c@x.de", "bad", None]),
        "phone": st.sampled_from(["+1", "+2", "", None]),
    },
)
JOBS = st.lists(st.lists(ITEMS, min_size=1, max_size=6), min_size=1, max_size=6)
SETTINGS = st.builds(
    Settings,
    id_and_email_of_two_people=st.sampled_from(["fail", "link"]),
    one_person_twice_in_a_batch=st.sampled_from(["merge", "fail"]),
)


@settings(max_examples=60, deadline=None)
@given(JOBS, SETTINGS)
def test_ids_and_emails_stay_unique(jobs, chosen):
    world = World(chosen)
    results = [result for users in jobs for result in world.write(*users)]
    shown = world.get("users?page[size]=100&include=identities")
    stats = world.stats()
    world.zendesk.close()
    keys = [fold(user["external_id"]) for user in shown["users"] if user["external_id"] is not None]
    assert len(keys) == len(set(keys))
    emails = [i for i in shown["identities"] if i["type"] == "email"]
    assert len(emails) == len({i["value"] for i in emails})
    leading = {i["user_id"]: i["value"] for i in emails if i["primary"]}
    assert all(user["email"] == leading.get(user["id"]) for user in shown["users"])
    created = [result["id"] for result in results if result["status"] == "Created"]
    assert len(created) == len(set(created)) == stats["users"] - 1
    assert len(results) == sum(map(len, jobs)) == stats["users_received"]


@settings(max_examples=60, deadline=None)
@given(JOBS)
def test_one_big_job_does_the_same_as_its_items_one_by_one(jobs):
    items = [item for users in jobs for item in users]
    at_once, one_by_one = World(), World()
    at_once.write(*items)
    for item in items:
        one_by_one.write(item)
    shown = [w.get("users?page[size]=100&include=identities") for w in (at_once, one_by_one)]
    at_once.zendesk.close()
    one_by_one.zendesk.close()
    for document in shown:
        for row in document["users"] + document["identities"]:
            row.pop("created_at"), row.pop("updated_at")
        for row in document["identities"]:
            row.pop("id"), row.pop("url")
        document.pop("links"), document.pop("meta")
        document["identities"].sort(key=lambda i: (i["type"], i["value"]))
    assert shown[0] == shown[1]


PROPERTIES = (
    "name",
    "external_id",
    "email",
    "phone",
    "identities",
    "user_fields",
    "tags",
    "role",
    "custom_role_id",
    "locale",
    "locale_id",
    "time_zone",
    "verified",
    "alias",
    "details",
    "ticket_restriction",
    "organization_id",
    "suspended",
)
FIELDS = ("city", "loyalty_points", "lifetime_value", "last_order_date", "email_opt_in", "unknown")
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400)])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["type", "value", *FIELDS]), inner)
    ),
    max_leaves=4,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(PROPERTIES), VALUES) | VALUES, min_size=1, max_size=5))
def test_no_item_however_odd_breaks_the_account(items):
    world = World()
    results = world.write(*items)
    listed = world.get("users?page[size]=100&include=identities")["users"]
    world.zendesk.close()
    assert [r["status"] in ("Created", "Updated", "Failed") for r in results] == [True] * len(items)
    assert len(listed) == 1 + sum(r["status"] == "Created" for r in results)


def test_an_item_with_more_emails_than_a_statement_takes_values_is_written(world):
    emails = [{"type": "email", "value": f"ann{n}@example.com"} for n in range(40_000)]
    assert world.write({"name": "Ann", "identities": emails})[0]["status"] == "Created"
    found = world.get("users/search?query=email:ann39999@example.com")["users"]
    assert [user["email"] for user in found] == ["ann0@example.com"]
