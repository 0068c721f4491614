"""The main job: what the query says arrives, once, and a second run has nothing to do."""

from __future__ import annotations

from tests.stories.world import World, assert_conserved

# 2 of the 10 rows are rejected, which no guard lets pass by itself.
RUN = ("run", "queries/users.sql", "--allow", "rejected", "--format", "json")
CUSTOMERS = [
    ("A1", " Ada   Lovelace ", "Ada@Example.com ", "(212) 736-5000", "Oslo", "new york", 12.345),
    (
        "a1",
        "Ada Lovelace",
        "ada@example.com",
        "(212) 736-5000",
        "Oslo",
        "NY",
        12.345,
    ),  # the same but for case
    ("A1", "Ada Lovelace", "ada@work.example", "(212) 736-5000", "Oslo", "NY", 12.345),  # a further address
    ("B2", "Bob", "shared@example.com", None, None, "ZZ", float("nan")),
    ("C3", "Cleo", "shared@example.com", "12", "Rome", None, 1.005),
    (None, "Dora", "dora@example.com", None, "Bergen", "wa", -2.5),
    ("E5", "  ", "e@example.com"),
    (None, "Nobody", "not an address"),
    ("F6", "Fay", "broken@", None, "Paris", None, None),
    ("A1", "Ada Lovelace", "ada@example.com", "(212) 736-5000", "Oslo", "NY", 12.345),  # an exact repeat
]


def test_what_arrived_is_what_the_report_says(world: World) -> None:
    world.customers(CUSTOMERS)
    ended = world.zdpipe(*RUN)
    run = ended.json
    assert ended.code == 0, ended.err
    assert run["outcome"] == "succeeded"
    assert run["counts"] == {
        "read": 10,
        "rejected": 2,
        "duplicate": 2,
        "unchanged": 0,
        "created": 5,
        "updated": 1,
        "failed": 0,
        "pending": 0,
    }
    assert run["rejections"] == {"name_missing": 1, "invalid_email": 1}
    assert run["warnings"]["email_shared"] == 1

    users = world.users()
    assert set(users) == {"a1", "b2", "c3", "dora@example.com", "f6"}
    ada = users["a1"]
    assert (ada["name"], ada["email"], ada["phone"]) == ("Ada Lovelace", "ada@example.com", "+12127365000")
    assert world.addresses(ada) == {"ada@example.com", "ada@work.example"}
    assert ada["user_fields"]["state"] == "NY"
    assert ada["user_fields"]["lifetime_value"] == 12.35
    assert users["b2"]["email"] == "shared@example.com"
    assert users["c3"]["email"] is None
    assert users["c3"]["phone"] is None
    assert users["c3"]["user_fields"]["lifetime_value"] == 1.01
    assert users["f6"]["email"] is None


def test_a_second_run_sends_nothing_in_whatever_order_the_rows_come(world: World) -> None:
    world.customers(CUSTOMERS)
    world.zdpipe(*RUN)
    before = world.stats()
    world.customers(CUSTOMERS[::-1])
    again = world.zdpipe(*RUN).json
    counts = again["counts"]
    assert_conserved(counts)
    assert counts["created"] == counts["updated"] == counts["failed"] == counts["pending"] == 0
    assert counts["unchanged"] == 6
    assert world.stats()["writes"] == before["writes"]


def test_only_the_customer_who_changed_is_sent(world: World) -> None:
    world.customers(CUSTOMERS)
    world.zdpipe(*RUN)
    received = world.stats()["users_received"]
    changed = [row if row[1] != "Dora" else (*row[:4], "Tromsø", *row[5:]) for row in CUSTOMERS]
    world.customers(changed)
    run = world.zdpipe(*RUN).json
    assert run["counts"]["updated"] == 1
    assert world.stats()["users_received"] == received + 1
    assert world.users()["dora@example.com"]["user_fields"]["city"] == "Tromsø"


def test_full_sends_every_valid_row_again(world: World) -> None:
    world.many_customers(250)
    world.zdpipe("run", "queries/users.sql")
    run = world.zdpipe("run", "queries/users.sql", "--full", "--format", "json").json
    assert run["counts"]["updated"] == 250
    assert run["counts"]["created"] == 0


def test_plan_and_dry_run_forecast_the_run_and_send_nothing(world: World) -> None:
    world.customers(CUSTOMERS)
    plan = world.zdpipe("plan", "queries/users.sql", "--format", "json").json
    dry = world.zdpipe("run", "queries/users.sql", "--dry-run", "--format", "json").json
    assert plan["counts"] == dry["counts"]
    assert world.stats()["requests"] == 0
    run = world.zdpipe(*RUN).json
    assert plan["counts"] == run["counts"]


def test_preview_is_byte_for_byte_what_a_first_send_brings(world: World) -> None:
    world.customers(CUSTOMERS)
    preview = world.zdpipe(
        "preview", "queries/users.sql", "--limit", "100", "--format", "ndjson", "--show-pii"
    )
    import polars as pl

    world.zdpipe(*RUN)
    (outbox,) = (world.folder / ".zdpipe" / "runs").glob("*/outbox.parquet")
    assert preview.out.splitlines() == pl.read_parquet(outbox)["payload"].to_list()


def test_several_queries_run_one_after_the_other(world: World) -> None:
    world.many_customers(10)
    world.write("queries/names.sql", "SELECT amperity_id AS external_id, name AS name FROM Customer_360")
    runs = world.zdpipe("run", "queries/users.sql", "queries/names.sql", "--format", "json").json["runs"]
    assert [run["query"] for run in runs] == ["queries/users.sql", "queries/names.sql"]
    assert [run["counts"]["created"] for run in runs] == [10, 0]
    assert runs[1]["counts"]["unchanged"] == 10
