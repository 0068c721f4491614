"""Customers in files and in several databases: linted, planned and sent like those of one database."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb

from tests.stories.world import World, assert_conserved

QUERY = ("queries/users.sql", "--format", "json")
VAULT_KEY = "pl4nted-vault-key"
FILES = """
database = "data/customers.duckdb"
tables = { People = "data/people", Spending = "data/spending/*.csv" }
"""
SEVERAL = """
tables = { Spending = "data/spending" }
setup = [
  "ATTACH 'data/crm.duckdb' AS crm (READ_ONLY)",
  "ATTACH 'data/vault.duckdb' AS vault (READ_ONLY, ENCRYPTION_KEY '${env:VAULT_KEY}')",
  "CREATE SECRET api (TYPE http, BEARER_TOKEN '${env:ZENDESK_API_TOKEN}')",
]
"""


def source(world: World, table: str) -> None:
    path = world.folder / "zdpipe.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('\ndatabase = "data/customers.duckdb"\n', table), encoding="utf-8")


def partition(world: World, country: str, ids: range) -> None:
    path = world.folder / "data" / "people" / f"country={country}" / "part-0.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(duckdb.connect()) as con:
        people = (
            f"SELECT 'id-' || i AS id, 'Person ' || i AS name FROM range({ids.start}, {ids.stop}) AS r(i)"
        )
        con.sql(people).write_parquet(str(path))


def spending(world: World, name: str, ids: range, header: str = "id,spent") -> None:
    lines = "".join(f"id-{number},{number}.5\n" for number in ids)
    world.write(f"data/spending/{name}.csv", f"{header}\n{lines}")


def database(path: Path, *statements: str, key: str | None = None) -> None:
    path.parent.mkdir(exist_ok=True)
    with closing(duckdb.connect()) as con:
        con.execute("SET force_mbedtls_unsafe = true")
        con.execute(f"ATTACH '{path}' AS made" + (f" (ENCRYPTION_KEY '{key}')" if key else ""))
        for statement in statements:
            con.execute(statement)


def test_partitioned_parquet_and_a_folder_of_csv_are_planned_and_sent(world: World) -> None:
    world.customers([("X1", "Ada", "ada@example.com")])
    partition(world, "no", range(1, 40))
    partition(world, "de", range(40, 61))
    spending(world, "2025", range(1, 30))
    spending(world, "2026", range(30, 61))
    source(world, FILES)
    world.write(
        "queries/users.sql",
        'SELECT p.id AS external_id, p.name, p.country AS "user_fields.city", '
        's.spent AS "user_fields.lifetime_value" FROM People AS p JOIN Spending AS s USING (id)',
    )
    plan = world.zdpipe("plan", *QUERY)
    assert plan.code == 0, plan.out
    assert (plan.json["counts"]["created"], plan.json["counts"]["read"]) == (60, 60)
    run = world.zdpipe("run", *QUERY)
    assert run.code == 0, run.out
    assert_conserved(run.json["counts"])
    users = world.users()
    assert len(users) == 60
    assert users["id-40"]["user_fields"]["city"] == "de"
    assert users["id-7"]["user_fields"]["lifetime_value"] == 7.5
    spending(
        world, "2027", range(70, 80)
    )  # a new file of a set is read at the next run, like a new partition
    partition(world, "se", range(70, 75))
    again = world.zdpipe("run", *QUERY).json["counts"]
    assert (again["created"], again["unchanged"]) == (5, 60)


def test_files_that_do_not_fit_end_a_run_before_anything_is_sent(world: World) -> None:
    world.customers([("X1", "Ada", "ada@example.com")])
    partition(world, "no", range(1, 5))
    spending(world, "2025", range(1, 5))
    spending(world, "2026", range(1, 5), header="id,total")
    source(world, FILES)
    for command in ("plan", "run", "preview"):
        ended = world.zdpipe(command, *QUERY)
        assert ended.code == 2, ended.out
        error = ended.json["error"]
        assert error["code"] == "project"
        assert "spending/2026.csv lacks spent and has total besides." in error["message"]
        assert error["hint"]
    assert world.users() == {}


def test_several_databases_are_linted_and_read_and_never_written(world: World) -> None:
    world.environment["VAULT_KEY"] = VAULT_KEY
    people = "SELECT 'id-' || i AS id, 'Person ' || i AS name FROM range(1, 21) AS r(i)"
    database(
        world.folder / "data" / "crm.duckdb",
        "CREATE SCHEMA made.sales",
        f"CREATE TABLE made.sales.people AS {people}",
    )
    database(
        world.folder / "data" / "vault.duckdb",
        "CREATE TABLE made.addresses AS SELECT 'id-' || i AS id, 'p' || i || '@example.com' AS email "
        "FROM range(1, 21) AS r(i)",
        key=VAULT_KEY,
    )
    spending(world, "2026", range(1, 21))
    source(world, SEVERAL)
    sql = (
        "SELECT p.id AS external_id, p.name, a.email FROM crm.sales.people AS p "
        "JOIN vault.main.addresses AS a USING (id) JOIN Spending AS s USING (id)"
    )
    world.write("queries/users.sql", sql.replace("a.email", "a.mail AS email"))
    assert world.zdpipe("schema").code == 0
    linted = world.zdpipe("lint", "--format", "json")
    assert linted.code == 1
    [finding] = [found for found in linted.json["findings"] if found["severity"] == "error"]
    assert (finding["code"], finding["column"]) == ("ZD108", sql.index("email") + 1), finding
    before = {path.name: path.read_bytes() for path in (world.folder / "data").glob("*.duckdb")}

    world.write("queries/users.sql", sql)
    assert world.zdpipe("lint").code == 0
    assert world.zdpipe("plan", "queries/users.sql", "--seal", "sealed.zdplan").code == 0
    run = world.zdpipe("run", *QUERY)
    assert run.code == 0, run.out
    assert run.json["counts"]["created"] == 20
    assert world.users()["id-9"]["email"] == "p9@example.com"

    writing = (
        "WITH x AS (DELETE FROM crm.sales.people RETURNING id, name) SELECT id AS external_id, name FROM x"
    )
    world.write("queries/users.sql", writing)
    assert world.zdpipe("run", *QUERY).code == 2
    for command in (["runs", "show"], ["explain", "id-9"], ["preview", "queries/users.sql"]):
        world.zdpipe(*command)
    assert {path.name: path.read_bytes() for path in (world.folder / "data").glob("*.duckdb")} == before


def test_what_setup_lacks_is_said_with_the_cure(world: World) -> None:
    world.customers([("X1", "Ada", "ada@example.com")])
    empty = f"SET extension_directory = '{world.folder}/none'"
    nowhere = f"SET custom_extension_repository = '{world.folder}/none'"
    setups = {
        "extension_missing": "ATTACH '' AS crm (TYPE postgres, READ_ONLY)",
        "no_database": "ATTACH 'data/gone.duckdb' AS gone (READ_ONLY)",
        "credentials": "CREATE SECRET (TYPE http, BEARER_TOKEN '${env:NOT_THERE}')",
    }
    toml = (world.folder / "zdpipe.toml").read_text(encoding="utf-8")
    for code, statement in setups.items():
        setup = f'setup = ["{empty}", "{nowhere}", "{statement}"]'
        world.write("zdpipe.toml", toml.replace("\n[destinations", f"\n{setup}\n[destinations", 1))
        ended = world.zdpipe("plan", *QUERY)
        assert (ended.code, ended.json["error"]["code"]) == (2, code), ended.out
        assert "Statement 3 of [source] setup" in ended.json["error"]["message"]
        assert ended.json["error"]["hint"]
