"""Statements of `[source] setup`: several databases, paths, secrets, and what is locked afterwards."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from zdpipe.engine.duckdb import Session, open_session
from zdpipe.engine.hidden import Hidden
from zdpipe.engine.place import Place
from zdpipe.engine.prepared import prepare
from zdpipe.errors import CredentialError, ProjectError, QueryError, ZdpipeError
from zdpipe.project.secret import Secret
from zdpipe.project.tables import Limits, Source

PLANTED = "pl4nted 'quoted' w0rd"
PLACE = Place({"KEY": PLANTED, "OTHER": "an0ther"}, Path("/project"))


def filled(text: str) -> str:
    return prepare(1, text, PLACE).text


@pytest.fixture
def root(tmp_path) -> Path:
    """A project with three DuckDB files, one of them encrypted."""
    folder = tmp_path / "the project's"
    folder.mkdir()
    for name in ("orders", "crm"):
        with duckdb.connect(str(folder / f"{name}.duckdb")) as con:
            con.execute(f"CREATE TABLE people AS SELECT 1 AS id, '{name}' AS origin")
            con.execute("CREATE SCHEMA sales")
            con.execute("CREATE TABLE sales.totals AS SELECT 1 AS id, 2.5 AS total")
    with duckdb.connect() as con:
        con.execute("SET force_mbedtls_unsafe = true")  # writing a file that keeps no real secret
        con.execute(f"ATTACH '{quoted(folder / 'vault.duckdb')}' AS vault (ENCRYPTION_KEY 'pl4nted ''k')")
        con.execute("CREATE TABLE vault.codes AS SELECT 7 AS code")
    return folder


def quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@pytest.fixture
def opened(root, temp_folder):
    sessions: list[Session] = []

    def over(*setup: str, database: Path | None = None, environment: dict[str, str] | None = None) -> Session:
        place = Place(environment or {}, root)
        source = Source(database=database, setup=setup)
        sessions.append(open_session(source, Limits(), temp_folder, place))
        return sessions[-1]

    yield over
    for session in sessions:
        session.close()


def rows(session: Session, sql: str) -> list[tuple[object, ...]]:
    return [row for batch in session.batches(sql) for row in batch.rows()]


BOTH = ("ATTACH 'orders.duckdb' AS orders (READ_ONLY); ATTACH 'crm.duckdb' AS crm (READ_ONLY)",)


def test_several_databases_are_joined_by_their_names(opened):
    session = opened(*BOTH)
    assert session.schema().tables == {
        "crm.people": {"id": "INTEGER", "origin": "VARCHAR"},
        "crm.sales.totals": {"id": "INTEGER", "total": "DECIMAL(2,1)"},
        "orders.people": {"id": "INTEGER", "origin": "VARCHAR"},
        "orders.sales.totals": {"id": "INTEGER", "total": "DECIMAL(2,1)"},
    }
    joined = "orders.main.people AS o JOIN crm.people AS c USING (id) JOIN crm.sales.totals AS t USING (id)"
    [row] = rows(session, f"SELECT o.origin AS o, c.origin AS c, t.total::DOUBLE AS t FROM {joined}")
    assert row == ("orders", "crm", 2.5)


def test_a_database_of_the_source_takes_others_beside_it(opened, root):
    session = opened("ATTACH 'crm.duckdb' AS crm", database=root / "orders.duckdb")
    assert set(session.schema().tables) == {"people", "sales.totals", "crm.people", "crm.sales.totals"}
    found = rows(session, "SELECT origin FROM people UNION ALL SELECT origin FROM crm.people ORDER BY 1")
    assert found == [("crm",), ("orders",)]


WRITING = [
    "INSERT INTO crm.people VALUES (2, 'x')",
    "DELETE FROM crm.people",
    "UPDATE crm.people SET origin = 'x'",
    "CREATE TABLE crm.t (a INTEGER)",
    "DROP TABLE crm.people",
    "WITH x AS (INSERT INTO crm.people VALUES (2, 'x') RETURNING id) SELECT * FROM x",
    "WITH x AS (DELETE FROM crm.people RETURNING id) SELECT * FROM x",
    "COPY (SELECT 1) TO '{crm}'",
    "ATTACH '{crm}' AS again",
    "ATTACH '{vault}' AS vault (READ_ONLY, ENCRYPTION_KEY 'x')",
    "DETACH crm",
    "LOAD sqlite_scanner",
    "INSTALL sqlite",
    "CREATE SECRET (TYPE http, BEARER_TOKEN 'x')",
    "SET enable_external_access = true",
    "SET allowed_paths = []",
    "SELECT * FROM read_csv('{other}')",
    "SELECT * FROM duckdb_secrets(redact = false)",
]


@pytest.mark.parametrize("sql", WRITING)
def test_setup_comes_before_the_lock_and_nothing_is_written_through_what_it_attached(opened, root, sql):
    session = opened(*BOTH)
    (root / "other.csv").write_text("a\n1\n", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in root.iterdir()}
    files = {name: quoted(root / f"{name}.duckdb") for name in ("crm", "vault")}
    text = sql.format(**files, other=quoted(root / "other.csv"))
    with pytest.raises(QueryError):
        rows(session, text)
    with suppress(QueryError):
        session.create_attribute_table("sly", text)
        with pytest.raises(QueryError):
            rows(session, "SELECT * FROM sly")
    if sql != "DETACH crm":  # that DuckDB itself allows, and only the session refuses
        with pytest.raises(duckdb.Error):
            session._con.execute(text)
    session.close()
    assert {path.name: path.read_bytes() for path in root.iterdir()} == before


def test_a_database_that_could_be_written_is_refused(opened, root, temp_folder):
    with pytest.raises(ProjectError, match="attaches the database crm for writing") as caught:
        opened("ATTACH 'crm.duckdb' AS crm")
    assert "(READ_ONLY)" in caught.value.hint
    assert list(temp_folder.iterdir()) == []
    assert not list(root.glob("*.wal"))


def test_a_memory_database_may_hold_what_setup_makes(opened):
    session = opened("ATTACH ':memory:' AS made", "CREATE TABLE made.numbers AS SELECT 1 AS n")
    assert rows(session, "SELECT n FROM made.numbers") == [(1,)]


@pytest.mark.parametrize("options", ["READ_ONLY", "TYPE duckdb", "TYPE sqlite, READ_ONLY"])
def test_a_database_that_is_missing_is_named_and_not_made(opened, root, options):
    with pytest.raises(ProjectError) as caught:
        opened(*BOTH, f"ATTACH 'data/gone.duckdb' AS gone ({options})")
    assert caught.value.code == "no_database"
    assert f"Statement 2 of [source] setup attaches {root / 'data/gone.duckdb'}" in caught.value.message
    assert not (root / "data").exists()


def test_a_file_that_is_no_database_is_named(opened, root):
    (root / "text.duckdb").write_text("id,name\n" * 1000, encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        opened("ATTACH 'text.duckdb' AS t (READ_ONLY)")
    assert str(root / "text.duckdb") in caught.value.message


@pytest.mark.parametrize(
    ("written", "run"),
    [
        ("ATTACH 'data/crm.db' AS crm", None),
        ("ATTACH '{here}/crm.db' (READ_ONLY)", "ATTACH '{here}/crm.db' (READ_ONLY)"),
        ("ATTACH 'dbname=crm host=db.example.com' AS crm (TYPE postgres)", ...),
        ("ATTACH '' AS crm (TYPE mysql, SECRET crm)", ...),
        ("ATTACH 'md:crm'", ...),
        ("ATTACH 's3://bucket/crm.duckdb' AS crm", ...),
        ("ATTACH 'postgres:dbname=crm' AS crm", ...),
        ("ATTACH 'ducklake:lake_secret' AS lake (READ_ONLY)", ...),
        ("ATTACH 'ducklake:postgres:dbname=lake' AS lake (DATA_PATH 's3://bucket/')", ...),
        ("ATTACH 'quack:db.example.com:9494' AS crm", ...),
        ("ATTACH 'warehouse' AS ice (TYPE iceberg, ENDPOINT 'https://ice.example.com')", ...),
        ("ATTACH ':memory:' AS m", ...),
        ("ATTACH '~/crm.db' AS m", "ATTACH '{here}/crm.db' AS m"),
        ("LOAD 'x.duckdb_extension'", ...),
        ("SELECT 'crm.db'", ...),
        ("SET extension_directory = '${{project}}/ext'", "SET extension_directory = '{here}/ext'"),
        (
            "/* 'a' */ attach /* 'b' */ 'crm.db' AS crm -- 'c'",
            "/* 'a' */ attach /* 'b' */ '{here}/crm.db' AS crm -- 'c'",
        ),
        ("ATTACH 'ducklake:crm.db' AS l", "ATTACH 'ducklake:{here}/crm.db' AS l"),
        ("ATTACH 'ducklake:sqlite:crm.db' AS l", "ATTACH 'ducklake:sqlite:{here}/crm.db' AS l"),
        ("ATTACH 'sqlite:crm.db' AS l", "ATTACH 'sqlite:{here}/crm.db' AS l"),
        (
            "SELECT 'ü'; ATTACH IF NOT EXISTS DATABASE 'crm.db' AS l",
            "SELECT 'ü'; ATTACH IF NOT EXISTS DATABASE '{here}/crm.db' AS l",
        ),
    ],
)
def test_relative_paths_of_databases_start_at_the_project(tmp_path, written, run):
    (tmp_path / "crm.db").touch()
    place = Place({"HOME": str(tmp_path)}, tmp_path)
    text = written.format(here=tmp_path)
    if run is None:
        with pytest.raises(ProjectError, match=r"data/crm\.db, which does not exist"):
            prepare(1, text, place)
    else:
        assert prepare(1, text, place).text == (text if run is ... else run.format(here=tmp_path))


def test_a_secret_is_filled_in_as_a_literal():
    prepared = prepare(1, "CREATE OR REPLACE SECRET s (TYPE http, BEARER_TOKEN '${env:KEY}')", PLACE)
    assert prepared.text == "CREATE OR REPLACE SECRET s (TYPE http, BEARER_TOKEN 'pl4nted ''quoted'' w0rd')"
    assert [secret.reveal() for secret in prepared.secrets] == [PLANTED]
    assert "pl4nted" not in repr(prepared.secrets)


@pytest.mark.parametrize("name", ["", "IN memory", "s IN Memory", '"IN"', "s IN /* here */ memory"])
def test_a_secret_may_be_kept_in_memory(name):
    filled(f"CREATE SECRET {name} (TYPE http, BEARER_TOKEN '${{env:KEY}}', SCOPE 'in')")


def test_a_value_with_a_reference_in_it_is_a_value():
    place = Place({"KEY": "${env:OTHER}", "OTHER": "no"}, Path())
    assert "'${env:OTHER}'" in prepare(1, "CREATE SECRET (TYPE http, BEARER_TOKEN '${env:KEY}')", place).text


@pytest.mark.parametrize(
    "statement",
    [
        "ATTACH 'dbname=crm password=${env:KEY}' AS crm (TYPE postgres)",
        "ATTACH 'quack:db.example.com' AS crm (TOKEN '${env:KEY}')",
        "SET motherduck_token = '${env:KEY}'",
        "CREATE PERSISTENT SECRET (TYPE http, BEARER_TOKEN '${env:KEY}')",
        "CREATE TABLE t AS SELECT '${env:KEY}' AS word",
        "CREATE TABLE secret AS SELECT '${env:KEY}' AS word",
        "CREATE OR REPLACE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN '${env:KEY}')",
        "COMMENT ON TABLE secret IS '${env:KEY}'",
        "SELECT 1; SET VARIABLE x = '${env:KEY}'",
        "CREATE SECRET IN local_file (TYPE http, BEARER_TOKEN '${env:KEY}')",
        "CREATE OR REPLACE SECRET IF NOT EXISTS s in local_file (TYPE http, BEARER_TOKEN '${env:KEY}')",
    ],
)
def test_a_secret_that_could_be_read_back_is_refused(statement):
    with pytest.raises(ProjectError, match="where a query could read it back") as caught:
        filled(statement)
    assert "CREATE SECRET" in caught.value.hint


@pytest.mark.parametrize("word", ["${{env:KEY}}", "E'${{env:KEY}}'", '"${{env:KEY}}"', "$${{env:KEY}}$$"])
def test_a_reference_stands_in_single_quotes(word):
    with pytest.raises(ProjectError, match="outside of quotes"):
        filled(f"CREATE SECRET (TYPE http, BEARER_TOKEN {word.format()})")


def test_a_secret_that_is_missing_is_told_with_its_statement(opened):
    with pytest.raises(
        CredentialError, match=r"Statement 2 of \[source\] setup: .* variable NOT_THERE"
    ) as caught:
        opened("SELECT 1", "CREATE SECRET (TYPE http, BEARER_TOKEN '${env:NOT_THERE}')")
    assert caught.value.hint == "Set it: export NOT_THERE=…"


def test_a_secret_of_a_file_is_found_from_the_project(opened, root):
    (root / "key").write_text("pl4nted 'k\n", encoding="utf-8")
    session = opened("ATTACH 'vault.duckdb' AS vault (READ_ONLY, ENCRYPTION_KEY '${file:key}')")
    assert rows(session, "SELECT code FROM vault.codes") == [(7,)]


SHOWING = [
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM which_secret('https://example.com', 'http')",
    "SELECT * FROM duckdb_variables()",
]


@pytest.mark.parametrize("sql", SHOWING)
def test_no_query_reads_a_secret_back(opened, sql):
    session = opened(
        "ATTACH 'vault.duckdb' AS vault (READ_ONLY, ENCRYPTION_KEY '${env:VAULT}')",
        "CREATE SECRET word (TYPE http, BEARER_TOKEN '${env:KEY}')",
        environment={"VAULT": "pl4nted 'k", "KEY": PLANTED},
    )
    assert rows(session, "SELECT 1 AS n FROM vault.codes") == [(1,)]
    assert "pl4nted" not in str(rows(session, sql))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE SECRET (TYPE http, BEARER_TOKEN '${env:KEY}' OOPS)",
        "CREATE TEMP SECRET (TYPE http, EXTRA_HTTP_HEADERS MAP {'a-very-long-header': '${env:KEY}'} OOPS)",
        "CREATE SECRET (TYPE http, NONSENSE '${env:KEY}')",
        "CREATE SECRET (TYPE nonsense, BEARER_TOKEN '${env:KEY}')",
        "CREATE SECRET (TYPE http, BEARER_TOKEN '${env:KEY}'); SELECT error('pl4nted ''quoted'' w0rd')",
        "ATTACH 'vault.duckdb' AS vault (READ_ONLY, ENCRYPTION_KEY '${env:KEY}')",
    ],
)
def test_a_failing_statement_does_not_repeat_its_secrets(opened, statement):
    with pytest.raises(ZdpipeError) as caught:
        opened(statement, environment={"KEY": PLANTED})
    told = f"{caught.value.message} {caught.value.hint}"
    assert "Statement 1" in told
    assert "pl4nted" not in told
    assert "w0rd" not in told


def test_neither_does_a_failing_query(opened):
    session = opened("CREATE SECRET (TYPE http, BEARER_TOKEN '${env:KEY}')", environment={"KEY": PLANTED})
    with pytest.raises(QueryError, match=r"^this: \*\*\*!$"):
        rows(session, "SELECT error('this: {}!') AS n".format(PLANTED.replace("'", "''")))
    with pytest.raises(QueryError, match="LINE 1"):
        session.describe("SELEC 1")


def test_longer_secrets_are_hidden_first():
    hidden = Hidden()
    hidden.add([Secret("abc"), Secret("abcdef")])
    assert hidden.hide("abcdef abc\n\nLINE 1: abcx") == "*** ***\n\nLINE 1: ***x"


def test_setup_may_allow_files_that_its_views_read(opened, root):
    (root / "a.csv").write_text("id,code\n1,007\n", encoding="utf-8")
    (root / "b.csv").write_text("id\n2\n", encoding="utf-8")
    session = opened(
        "SET allowed_directories = ['${project}/']",
        "CREATE VIEW joined AS SELECT * FROM read_csv('${project}/?.csv', union_by_name = true)",
    )
    assert rows(session, "SELECT id, code FROM joined ORDER BY id") == [(1, "007"), (2, None)]


def test_allowed_paths_of_setup_stay_allowed(root, temp_folder):
    for name in ("a", "b"):
        (root / f"{name}.csv").write_text("id\n1\n", encoding="utf-8")
    setup = (
        "SET allowed_paths = ['${project}/a.csv']",
        "CREATE VIEW a AS SELECT * FROM read_csv('${project}/a.csv')",
    )
    source = Source(setup=setup, tables={"b": root / "b.csv"})
    with open_session(source, Limits(), temp_folder, Place({}, root)) as session:
        assert rows(session, "SELECT a.id, b.id AS b FROM a, b") == [(1, 1)]


@pytest.mark.parametrize("lock", ["lock_configuration = true", "enable_external_access = false"])
def test_setup_leaves_the_locking_to_zdpipe(root, temp_folder, lock):
    source = Source(setup=(f"SET {lock}",))
    with pytest.raises(ProjectError, match="cannot be locked after") as caught:
        open_session(source, Limits(), temp_folder, Place({}, root))
    assert "lock_configuration" in caught.value.hint
    assert list(temp_folder.iterdir()) == []
