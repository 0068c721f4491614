"""A missing extension is named, with the command that brings it; nothing is downloaded here."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from zdpipe.engine.complaints import query_error
from zdpipe.engine.duckdb import open_session
from zdpipe.engine.extensions import missing_extension
from zdpipe.engine.place import Place
from zdpipe.errors import ProjectError, QueryError
from zdpipe.project.tables import Limits, Source

NEEDING = {
    "install": ("INSTALL postgres", "postgres_scanner"),
    "load": ("LOAD mysql", "mysql_scanner"),
    "install and load": ("INSTALL AND LOAD ducklake", "ducklake"),
    "a type": ("ATTACH '' AS crm (TYPE postgres, READ_ONLY)", "postgres_scanner"),
    "a prefix": ("ATTACH 'md:crm' AS crm", "motherduck"),
    "an address": ("ATTACH 'quack:db.example.com' AS crm (READ_ONLY)", "quack"),
    "a lake": ("ATTACH 'ducklake:lake' AS lake (READ_ONLY)", "ducklake"),
    "a catalog": ("ATTACH 'w' AS ice (TYPE iceberg, ENDPOINT 'https://ice.example.com')", "iceberg"),
    "a secret": ("CREATE SECRET (TYPE postgres, PASSWORD '${env:KEY}')", "postgres_scanner"),
    "a secret of storage": ("CREATE SECRET (TYPE s3, SECRET '${env:KEY}')", "httpfs"),
    "a file far away": ("CREATE VIEW v AS SELECT * FROM 's3://bucket/x.parquet'", "httpfs"),
    "a function": ("CREATE VIEW v AS SELECT * FROM read_xlsx('x.xlsx')", "excel"),
}


@pytest.fixture(params=["download", "autoinstall off", "autoload off"])
def offline(request, tmp_path) -> tuple[str, ...]:
    """Settings under which DuckDB finds no extension, as on a machine without internet."""
    settings = [
        f"SET extension_directory = '{tmp_path / 'extensions'}'",
        f"SET custom_extension_repository = '{tmp_path / 'nowhere'}'",
        f"SET autoinstall_extension_repository = '{tmp_path / 'nowhere'}'",
    ]
    if request.param != "download":
        settings.append("SET autoinstall_known_extensions = false")
    if request.param == "autoload off":
        settings.append("SET autoload_known_extensions = false")
    return tuple(settings)


def refused(temp_folder, root: Path, *setup: str) -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        open_session(Source(setup=setup), Limits(), temp_folder, Place({"KEY": "pl4nted"}, root))
    assert list(temp_folder.iterdir()) == []
    return caught.value


@pytest.mark.parametrize("kind", NEEDING)
def test_what_needs_an_extension_names_it_and_its_cure(offline, kind, temp_folder, tmp_path):
    statement, name = NEEDING[kind]
    error = refused(temp_folder, tmp_path, *offline, statement)
    assert (error.code, error.exit_code) == ("extension_missing", 2)
    assert error.message.startswith(f"Statement {len(offline) + 1} of [source] setup needs what is not here.")
    assert f"The DuckDB extension {name} is not installed" in error.message
    assert f"""python -c "import duckdb; duckdb.execute('INSTALL {name}')".""" in error.hint
    assert "docs/sources.md" in error.hint
    assert "pl4nted" not in error.message + error.hint


def test_version_and_platform_are_told(offline, temp_folder, tmp_path):
    platform = duckdb.execute("PRAGMA platform").fetchone()
    assert platform
    error = refused(temp_folder, tmp_path, *offline, "LOAD sqlite")
    assert f"for DuckDB {duckdb.__version__} on {platform[0]}." in error.message


def test_a_name_that_nobody_knows_is_a_matter_of_spelling(offline, temp_folder, tmp_path):
    error = refused(temp_folder, tmp_path, *offline, "LOAD postgress")
    assert error.code == "extension_missing"
    assert "near are postgres" in error.hint
    assert "INSTALL" not in error.hint


def test_a_file_that_is_no_extension_says_so(temp_folder, tmp_path):
    (tmp_path / "sqlite_scanner.duckdb_extension").write_bytes(b"x" * 5000)
    error = refused(temp_folder, tmp_path, "LOAD '${project}/sqlite_scanner.duckdb_extension'")
    assert error.code == "extension_missing"
    assert "sqlite_scanner cannot be loaded: its file is not a DuckDB extension" in error.message
    assert "INSTALL sqlite_scanner" in error.hint


SAID = {  # DuckDB 2.0 without a network
    "INSTALL h3 FROM community": """\
IO Error: Failed to download extension "h3" at URL \
"http://community-extensions.duckdb.org/v2.0.0/linux_amd64/h3.duckdb_extension.gz"

Candidate extensions: "s3", "http", "https", "httpfs", "motherduck"
For more info, visit https://duckdb.org/docs""",
    "INSTALL quack FROM core_nightly": """\
IO Error: Failed to download extension "quack" at URL \
"http://nightly-extensions.duckdb.org/v2.0.0/linux_amd64/quack.duckdb_extension.gz"
Extension "quack" is an existing extension.""",
    # DuckDB's extension.cpp, for a file of another version
    "INSTALL mysql_scanner": """\
Invalid Input Error: Failed to load '/x/mysql_scanner.duckdb_extension', The file was built specifically for \
DuckDB version 'v1.5.6' and can only be loaded with that version of DuckDB.""",
}


@pytest.mark.parametrize("command", SAID)
def test_the_command_fits_the_place_it_comes_from(command):
    missing = missing_extension(SAID[command])
    assert missing
    assert missing.name == command.split()[1]
    assert f"'{command}'" in missing.hint


def test_other_words_are_about_no_extension():
    assert missing_extension('Catalog Error: Table with name "in the house" does not exist!') is None


def test_a_query_that_needs_one_is_told_to_load_it_in_setup(session):
    with pytest.raises(QueryError) as caught:
        session.describe("SELECT st_point(1, 2) AS place FROM Few")
    assert caught.value.code == "extension_missing"
    assert "exists in the spatial extension" in caught.value.message
    assert caught.value.hint.startswith('Put "LOAD spatial" into [source] setup')
    assert query_error("Catalog Error: Table with name x does not exist!").code == "query"
