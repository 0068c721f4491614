from __future__ import annotations

import pytest

from zdpipe.simulator.jobs import find_jobs, run_due_jobs
from zdpipe.simulator.searches import search_users, users_after, users_by_external_ids
from zdpipe.simulator.settings import Settings


@pytest.fixture
def people(world):
    world.write(
        {
            "name": "Ann O'Hara",
            "external_id": "A",
            "email": "ann@example.com",
            "phone": "+15550001",
            "notes": "VIP guest",
        },
        {"name": "Bea", "external_id": "B", "email": "bea@example.org", "role": "agent"},
        {"name": "Chloé Müller", "external_id": "C"},
    )
    return world


def names(document):
    return [user["name"] for user in document["users"]]


def test_a_user_is_shown_by_id(people):
    user = people.user("A")
    assert people.get(f"users/{user['id']}")["user"] == user
    assert user["url"].endswith(f"/api/v2/users/{user['id']}.json")


def test_many_users_are_shown_by_id_or_external_id(people):
    ids = ",".join(str(people.user(key)["id"]) for key in "CA")
    assert names(people.get(f"users/show_many?ids={ids},12,x,{'9' * 30}")) == ["Ann O'Hara", "Chloé Müller"]
    shown = people.get("users/show_many.json?external_ids=b,a,zzz")
    assert names(shown) == ["Ann O'Hara", "Bea"]
    assert (shown["count"], shown["next_page"], shown["previous_page"]) == (2, None, None)


def test_show_many_takes_a_hundred_ids_and_no_more(people):
    assert people.ask("GET", f"users/show_many?ids={','.join(map(str, range(100)))}").status == 200
    assert people.ask("GET", f"users/show_many?ids={','.join(map(str, range(101)))}").status == 400
    assert people.ask("GET", "users/show_many").status == 400


def test_identities_can_be_loaded_beside_the_users(people):
    shown = people.get("users/show_many?external_ids=a,b&include=identities")
    assert [i["value"] for i in shown["identities"] if i["type"] == "email"] == [
        "ann@example.com",
        "bea@example.org",
    ]


def test_identities_have_the_documented_keys(people):
    identity = people.get(f"users/{people.user('A')['id']}/identities")["identities"][0]
    wanted = (
        "id user_id type value primary verified verification_method deliverable_state undeliverable_count"
    )
    assert set(wanted.split()) <= set(identity)
    assert people.ask("GET", "users/5/identities").status == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("query=ann@example.com", ["Ann O'Hara"]),
        ("query=email:ann@example.com", ["Ann O'Hara"]),
        ('query=email:"ANN@example.com"', ["Ann O'Hara"]),
        ("query=email:example", []),
        ("query=example.org", ["Bea"]),
        ("query=chlo%C3%A9", ["Chloé Müller"]),
        ('query="VIP guest"', ["Ann O'Hara"]),
        ("query=vip+o'hara", ["Ann O'Hara"]),
        ("query=vip+bea", []),
        ("query=type:user+role:agent", ["Bea"]),
        ("query=role:end-user+external_id:c", ["Chloé Müller"]),
        ("query=phone:%2B15550001", ["Ann O'Hara"]),
        ("query=name:bea", ["Bea"]),
        ("query=notes:vip", ["Ann O'Hara"]),
        ("external_id=b", ["Bea"]),
        ("external_id=nobody", []),
    ],
)
def test_search_finds(people, query, found):
    assert names(people.get(f"users/search?{query}")) == found


def test_search_pages_by_number(people):
    first = people.get("users/search?query=type:user&per_page=3")
    assert (len(first["users"]), first["count"], first["previous_page"]) == (3, 4, None)
    second = people.get(first["next_page"].partition("/api/v2/")[2])
    assert names(second) == ["Chloé Müller"]
    assert second["next_page"] is None
    assert "page=1" in second["previous_page"]


def test_the_list_of_users_comes_in_cursor_pages(people):
    path, seen = "users?page[size]=3&role[]=end-user&role[]=agent", []
    while path:
        page = people.get(path)
        seen += names(page)
        path = (page["links"]["next"] or "").partition("/api/v2/")[2]
        assert page["meta"]["has_more"] is bool(path)
    assert seen == ["Ann O'Hara", "Bea", "Chloé Müller"]
    assert set(page["meta"]) == {"has_more", "after_cursor", "before_cursor"}


def test_cursor_pages_walk_everybody_once(people):
    path, seen = "users?page[size]=1", []
    while path:
        page = people.get(path)
        seen += names(page)
        path = (page["links"]["next"] or "").partition("/api/v2/")[2]
    assert seen == ["Simulator Admin", "Ann O'Hara", "Bea", "Chloé Müller"]


def test_the_list_of_users_can_be_narrowed(people):
    assert names(people.get("users?role=agent")) == ["Bea"]
    assert names(people.get("users?external_id=C")) == ["Chloé Müller"]
    assert people.get("users")["count"] == 4
    assert names(people.get("users?page[size]=5&external_id=zzz")) == []


@pytest.mark.parametrize(
    "path",
    [
        "users?page=0",
        "users?per_page=x",
        f"users?page={'9' * 20}",
        "users?page[before]=x",
        "users?page[size]=-1",
        "users?page[after]=%21",
    ],
)
def test_a_page_that_makes_no_sense_is_400(people, path):
    assert people.ask("GET", path).status == 400


def test_the_list_of_users_comes_in_numbered_pages_too(people):
    path, seen = "users?per_page=1&role[]=end-user&role[]=agent", []
    while path:
        page = people.get(path)
        assert page["count"] == 3
        seen += names(page)
        path = (page["next_page"] or "").partition("/api/v2/")[2]
    assert seen == ["Ann O'Hara", "Bea", "Chloé Müller"]
    assert names(people.get(f"users?page={'9' * 18}")) == []


def test_identities_and_fields_come_in_cursor_pages(people):
    identities = f"users/{people.user('A')['id']}/identities"
    assert {i["type"] for i in people.get(identities)["identities"]} == {"email", "phone_number"}
    for path, name in ((identities, "identities"), ("user_fields", "user_fields")):
        whole, parts, following = people.get(path)[name], [], f"{path}?page[size]=1"
        while following:
            page = people.get(following)
            parts += page[name]
            following = (page["links"]["next"] or "").partition("/api/v2/")[2]
        assert parts == whole


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (lambda db: users_after(db, 5, 100, ["agent", "admin"], None), "users_by_role"),
        (lambda db: users_after(db, 5, 100, [], "A"), "external_key=?"),
        (lambda db: search_users(db, "email:a@example.com"), "type=? AND value=?"),
        (lambda db: users_by_external_ids(db, ["A", "B"]), "external_key=?"),
        (lambda db: find_jobs(db, ["V3-1"], 0.0), "id=?"),
        (lambda db: run_due_jobs(db, 0.0, Settings()), "jobs_to_run"),
    ],
)
def test_look_ups_use_an_index_however_many_users_there_are(people, statement, index):
    asked = []
    with people.account.transaction() as db:
        db.set_trace_callback(asked.append)
        statement(db)
        db.set_trace_callback(None)
        plans = " ".join(str(row[3]) for sql in asked for row in db.execute(f"EXPLAIN QUERY PLAN {sql}"))
    assert index in plans
    assert "SCAN users" not in plans
