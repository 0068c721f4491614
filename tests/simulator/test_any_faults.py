from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from zdpipe.simulator.effects import FATES
from zdpipe.simulator.kinds import KINDS
from zdpipe.simulator.messages import part_sent
from zdpipe.simulator.settings import CALLER_ROLES, Settings

from .world import MANY, World, document

WHEN = st.sampled_from(["before", "after"])
WHERE = st.dictionaries(
    st.sampled_from(["name", "external_id", "email", "user_fields.city"]),
    st.sampled_from(["1", ".", "^U"]),
    min_size=1,
)
BODY = st.none() | st.text(max_size=5) | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
ANSWER = st.fixed_dictionaries(
    {"status": st.integers(200, 599)},
    optional={
        "body": BODY,
        "when": WHEN,
        "retry_after": st.none() | st.just("2"),
        "headers": st.just({"Date": None}),
    },
)
ACCOUNT = st.fixed_dictionaries(
    {"role": st.sampled_from(CALLER_ROLES)},
    optional={
        "bulk_import": st.booleans(),
        "anonymous": st.booleans(),
        "credentials": st.sampled_from(["refused", "accepted"]),
        "scope": st.sampled_from(["read", "write", "read write", "users:read", ""]),
        "tokens": st.just("expired"),
    },
)
ANYWHERE = st.one_of(
    st.fixed_dictionaries({"answer": ANSWER}),
    st.fixed_dictionaries({"reset": WHEN}),
    st.fixed_dictionaries({"slow": st.floats(0, 60)}),
    st.fixed_dictionaries({"cut": st.integers(0, 500)}),
    st.fixed_dictionaries(
        {"tenants": st.fixed_dictionaries({"jobs": st.integers(0, 40), "seconds": st.floats(0, 9)})}
    ),
    st.fixed_dictionaries({"account": ACCOUNT}),
)
OF_WRITES = st.one_of(
    st.fixed_dictionaries({"job": st.sampled_from(FATES)}),
    st.fixed_dictionaries({"items": st.fixed_dictionaries({"where": WHERE})}),
    st.fixed_dictionaries({"refuse": st.fixed_dictionaries({"where": WHERE}, optional={"body": BODY})}),
)
CHOSEN = st.fixed_dictionaries(
    {},
    optional={
        "skip": st.integers(0, 3),
        "times": st.none() | st.integers(1, 3),
        "share": st.floats(0, 1),
    },
)
FAULT = st.one_of(
    st.builds(
        lambda chosen, on, effect: {**chosen, "on": on, **effect}, CHOSEN, st.sampled_from(KINDS), ANYWHERE
    ),
    st.builds(lambda chosen, effect: {**chosen, **effect}, CHOSEN, OF_WRITES),
)
CALLS = st.lists(
    st.sampled_from(
        [
            ("POST", MANY),
            ("PUT", "users/update_many"),
            ("POST", "users/create_or_update"),
            ("GET", "job_statuses"),
            ("GET", "users"),
            ("GET", "users/me"),
            ("GET", "user_fields"),
            ("POST", "/oauth/tokens"),
        ]
    ),
    max_size=12,
)
SENT = {
    "users": [
        {"name": f"U{n}", "external_id": f"{n}", "email": f"{n}@example.com", "user_fields": {"city": "Ulm"}}
        for n in range(3)
    ],
    "user": {"name": "Single", "external_id": "S"},
    "grant_type": "client_credentials",
    "client_id": "zdpipe",
    "client_secret": "simulator-secret",
}


@settings(max_examples=60, deadline=None)
@given(st.lists(FAULT, max_size=4), CALLS)
def test_whatever_goes_wrong_the_account_keeps_its_books(faults, calls):
    world = World(Settings(users_per_second=10**6))
    world.zendesk.script(faults)
    for method, path in calls:
        response = world.ask(method, path, SENT)
        assert 200 <= response.status <= 599
        assert 0 <= part_sent(response) <= len(response.body)
        world.clock.turn(0.6)
    told = document(world.ask("GET", "/simulator/faults", headers={}))["faults"]
    stats = world.stats()
    for fault in told:
        assert 0 <= fault["hits"] <= fault["seen"] <= len(calls)
        unbound = "items" in fault or "refuse" in fault
        times = fault.get("times", None if unbound else 1)
        assert times is None or fault["hits"] <= times
    assert sum(fault["hits"] for fault in told) <= len(calls)
    assert stats["requests"] == len([path for _, path in calls if path != "/oauth/tokens"])
    assert stats["users_created"] == stats["users"] - 1
    told_of = stats["users_created"] + stats["users_updated"] + stats["users_failed"]
    assert told_of <= stats["users_received"]
    world.zendesk.close()
