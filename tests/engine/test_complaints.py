import shutil
import subprocess
import sys
from contextlib import closing

import duckdb
import pytest

from zdpipe.engine.complaints import open_error, query_error, query_errors
from zdpipe.engine.duckdb import open_session
from zdpipe.errors import ProjectError, QueryError, ZdpipeError
from zdpipe.project.tables import Limits, Source

BAD_SQL = [
    "SELEC 1",
    "SELECT nam FROM Customer_360",
    "SELECT *\nFROM Customer_36",
    "SELECT n,\n  lowr(full_name) AS name\nFROM Customer_360",
    "SELECT min(full_name)::DATE AS d FROM Customer_360",
    "SELECT 'abc",
    "SELECT n\n  , length(n, n, n) AS name\nFROM Few",
    "SELECT error('it says so') AS name FROM Few",
    "SELECT * FROM 'other.csv'",
    "SELECT 1 AS a; SELECT 2 AS a",
    "-- nothing",
    "",
    "DELETE FROM Customer_360",
    "WITH x AS (DELETE FROM Customer_360 RETURNING n) SELECT n FROM x",
]


def told(error: ZdpipeError, *folders) -> str:
    text = f"{error.code}\n{error.message}\n→ {error.hint}"
    for folder in folders:
        text = text.replace(str(folder), "FOLDER")
    return text


@pytest.mark.parametrize("sql", BAD_SQL)
def test_bad_sql_is_told_in_a_few_lines(session, sql, snapshot):
    with pytest.raises(QueryError) as caught:
        list(session.batches(sql))
    assert told(caught.value) == snapshot


def test_running_out_of_memory_names_the_setting(database, temp_folder, snapshot):
    with (
        open_session(Source(database=database), Limits(memory="20MB", threads=1), temp_folder) as session,
        pytest.raises(QueryError) as caught,
    ):
        list(session.batches("SELECT list(padding) AS all_of_them FROM Customer_360"))
    assert caught.value.message.startswith("failed to ")
    assert "[limits] memory" in caught.value.hint


def refuse(source, temp_folder):
    with pytest.raises(ZdpipeError) as caught:
        open_session(source, Limits(), temp_folder)
    assert list(temp_folder.parent.glob("tmp/*")) == []
    return caught.value


def test_sources_that_cannot_be_opened(tmp_path, temp_folder, database, snapshot):
    (tmp_path / "text.duckdb").write_text("id,name\n" * 100, encoding="utf-8")
    (tmp_path / "empty.duckdb").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "bad.parquet").write_text("no", encoding="utf-8")
    (tmp_path / "cut.duckdb").write_bytes(database.read_bytes()[:300_000])
    (tmp_path / "x.xlsx").touch()
    sources = {
        "missing": Source(database=tmp_path / "missing.duckdb"),
        "text": Source(database=tmp_path / "text.duckdb"),
        "empty": Source(database=tmp_path / "empty.duckdb"),
        "folder": Source(database=tmp_path / "folder"),
        "nothing": Source(),
        "missing file": Source(tables={"T": tmp_path / "gone.csv"}),
        "no file matches": Source(tables={"T": tmp_path / "*.csv"}),
        "unknown ending": Source(tables={"T": tmp_path / "x.xlsx"}),
        "setup": Source(setup=("SET threads = 1", "ATTAC 'x'")),
    }
    assert {name: told(refuse(source, temp_folder), tmp_path) for name, source in sources.items()} == snapshot
    damaged = refuse(Source(database=tmp_path / "cut.duckdb"), temp_folder)
    assert "cut.duckdb cannot be opened" in damaged.message
    files = refuse(Source(tables={"T": tmp_path / "bad.parquet"}), temp_folder)
    assert 'The files of table "T" cannot be read' in files.message


def test_a_database_that_another_process_writes_names_that_process(database, temp_folder, tmp_path):
    copy = tmp_path / "busy.duckdb"
    shutil.copy(database, copy)
    code = f"import duckdb; con = duckdb.connect({str(copy)!r}); print(flush=True); input(); con.close()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True) as writer:
        writer.stdout.readline()
        error = refuse(Source(database=copy), temp_folder)
        writer.communicate("\n")
    assert f"open for writing in another process (PID {writer.pid})" in error.message


def test_a_database_that_this_process_writes_is_told(database, temp_folder, tmp_path):
    copy = tmp_path / "busy.duckdb"
    shutil.copy(database, copy)
    with duckdb.connect(str(copy)):
        assert "already open in this process" in refuse(Source(database=copy), temp_folder).message


def test_a_newer_file_asks_for_an_upgrade(tmp_path):
    said = (
        "IO Error: Trying to read a database file with storage version number 2000, "
        "but we can only read storage versions between 64 and 999.\nThe file was created with a newer DuckDB."
    )
    error = open_error(tmp_path / "new.duckdb", said)
    assert "another version of DuckDB" in error.message
    assert error.hint.startswith("Upgrade duckdb")


def test_no_message_is_empty():
    assert query_error("").message
    assert isinstance(query_error("Error: x"), QueryError)
    assert not isinstance(query_error("Error: x"), ProjectError)


@pytest.mark.parametrize("name", ["Ada Lovelace", "Conan O'Brien", 'Ada "Lady" Lovelace', "Ada\nLovelace"])
@pytest.mark.parametrize(
    "expression",
    [
        "name::INTEGER",
        "name::DATE",
        "name::UUID",
        "name::DECIMAL(3,1)",
        "name::BOOLEAN",
        "strptime(name, '%Y-%m-%d')",
        "json(name)",
    ],
)
def test_a_value_that_does_not_fit_is_not_repeated(expression: str, name: str) -> None:
    def run() -> None:
        with closing(duckdb.connect()) as con, query_errors():
            con.execute("CREATE TABLE t AS SELECT ? AS name", [name])
            con.execute(f"SELECT {expression} FROM t").fetchall()

    with pytest.raises(QueryError) as caught:
        run()
    assert "Lovelace" not in caught.value.message
    assert "Brien" not in caught.value.message
    assert caught.value.message
