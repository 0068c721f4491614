from pathlib import Path

import duckdb
import pytest

from zdpipe.engine.duckdb import open_session
from zdpipe.project.tables import Limits, Source

ROWS = 200_000


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    """A DuckDB file with customers enough to spill, a second schema, and a file beside it."""
    path = tmp_path_factory.mktemp("source") / "customer_360.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            f"CREATE TABLE Customer_360 AS SELECT range AS n, 'customer ' || range AS full_name, "
            f"repeat(md5(range::VARCHAR), 4) AS padding FROM range({ROWS})"
        )
        con.execute("CREATE VIEW Few AS SELECT n, full_name FROM Customer_360 WHERE n < 3")
        con.execute("CREATE SCHEMA crm")
        con.execute('CREATE TABLE crm."Odd Table" (id UUID, "user name" DECIMAL(12,4))')
    return path


@pytest.fixture
def temp_folder(tmp_path):
    return tmp_path / "state" / "tmp"


@pytest.fixture
def session(database, temp_folder):
    with open_session(Source(database=database), Limits(), temp_folder) as opened:
        yield opened


@pytest.fixture
def secret_file(tmp_path) -> Path:
    path = tmp_path / "secret.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    return path
