"""`zdpipe lint --fix` and `--diff` on real files."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import write_schema, zdpipe

BAD = "SELECT amperity_id AS external_id, full_name AS Name FROM Customer_360\n"
GOOD = BAD.replace("Name", "name")
HALF = "SELECT email AS Email, 1 FROM Customer_360\n"


@pytest.fixture
def users(project: Path) -> Path:
    path = project / "queries" / "users.sql"
    path.write_text(BAD)
    write_schema(project)
    return path


def test_a_file_is_mended_in_place(project: Path, users: Path) -> None:
    ended = zdpipe(project, "lint", "--fix")
    assert (ended.code, ended.out, ended.err) == (0, "", "1 file, 1 mended, no findings.\n")
    assert users.read_text() == GOOD
    assert zdpipe(project, "lint", "--fix").err == "1 file, no findings.\n"


def test_what_is_left_is_told_and_counts(project: Path, users: Path) -> None:
    users.write_text(HALF)
    ended = zdpipe(project, "lint", "--fix", "--format", "json")
    (left,) = json.loads(ended.out)["findings"]
    assert (ended.code, left["code"], left["fixable"]) == (1, "ZD105", False)
    assert users.read_text() == HALF.replace("Email", "email")


def test_without_fix_nothing_is_written_and_the_way_is_told(project: Path, users: Path) -> None:
    ended = zdpipe(project, "lint")
    assert ended.code == 1
    assert ended.err == "1 file, 1 error. `zdpipe lint --fix` mends 1 of them.\n"
    assert users.read_text() == BAD


def test_bytes_that_are_not_mended_stay(project: Path, users: Path) -> None:
    before = b"\xef\xbb\xbf-- \xc3\x89\r\nSELECT 'a' AS email,\r\n\tfull_name AS Name\rFROM Customer_360"
    users.write_bytes(before)
    assert zdpipe(project, "lint", "--fix").code == 0
    assert users.read_bytes() == before.replace(b"Name", b"name")


def test_mode_and_links_stay(project: Path, users: Path) -> None:
    real = project / "shared.sql"
    users.rename(real)
    real.chmod(0o640)
    users.symlink_to("../shared.sql")
    assert zdpipe(project, "lint", "--fix").code == 0
    assert users.is_symlink()
    assert real.read_text() == GOOD
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(path.name for path in project.iterdir() if path.name.startswith(".")) == []


def test_a_file_that_needs_nothing_is_not_written(project: Path, users: Path) -> None:
    users.write_text(GOOD)
    os.utime(users, (1, 1))
    assert zdpipe(project, "lint", "--fix").code == 0
    assert users.stat().st_mtime == 1


def test_bytes_that_are_no_text_are_left_alone(project: Path, users: Path) -> None:
    users.write_bytes(b"\xff" + BAD.encode())
    assert zdpipe(project, "lint", "--fix").code == 1
    assert users.read_bytes() == b"\xff" + BAD.encode()


def test_files_outside_the_project_are_mended_where_they_lie(
    project: Path, users: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also when the project has a file of that very name."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "queries").mkdir()
    theirs = elsewhere / "queries" / "users.sql"
    theirs.write_text(BAD)
    assert zdpipe(elsewhere, "lint", "--fix", "queries/users.sql", "--project", str(project)).code == 0
    assert (theirs.read_text(), users.read_text()) == (GOOD, BAD)


def test_attribute_tables_are_mended_before_the_queries_that_read_them(project: Path, users: Path) -> None:
    table = project / "attribute_tables" / "contact.sql"
    table.write_text("SELECT amperity_id AS AMPERITY_ID, lower(full_name) AS name FROM Customer_360\n")
    users.write_text("SELECT amperity_id, amperity_id AS external_id, name FROM contact\n")
    assert "ZD306" in zdpipe(project, "lint").out
    ended = zdpipe(project, "lint", "--fix")
    assert (ended.code, ended.err) == (0, "2 files, 1 mended, no findings.\n")
    assert users.read_text() == "SELECT amperity_id, amperity_id AS external_id, name FROM contact\n"


def test_a_file_that_cannot_be_written_is_named(project: Path, users: Path) -> None:
    (project / "queries" / ".users.sql.partial").mkdir()
    ended = zdpipe(project, "lint", "--fix")
    assert ended.code == 2
    assert "users.sql cannot be written" in ended.err
    assert users.read_text() == BAD


def test_a_patch_shows_what_would_change_and_nothing_is_written(project: Path, users: Path) -> None:
    users.write_bytes(b"\xef\xbb\xbf" + HALF.replace("\n", "\r\n").encode().rstrip())
    before = users.read_bytes()
    ended = zdpipe(project, "lint", "--diff")
    assert ended.code == 1
    assert ended.out.startswith("--- a/queries/users.sql\n+++ b/queries/users.sql\n@@ -1 +1 @@\n")
    assert "ZD105" in ended.err
    assert "ZD306" not in ended.err
    assert users.read_bytes() == before
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    subprocess.run(["git", "apply", "-"], cwd=project, input=ended.out.encode(), check=True)
    assert users.read_bytes() == before.replace(b"Email", b"email")
    left = zdpipe(project, "lint", "--diff", "--format", "json")
    assert (left.code, left.out, len(json.loads(left.err)["findings"])) == (1, "", 1)


def test_an_empty_patch_is_done(project: Path, users: Path) -> None:
    users.write_text(GOOD)
    assert zdpipe(project, "lint", "--diff", "--fix").code == 0
    users.write_text(BAD)
    assert zdpipe(project, "lint", "--diff", "--fix").code == 1
    assert users.read_text() == BAD


@pytest.mark.parametrize(("text", "code"), [(BAD, 0), (GOOD, 0), (HALF, 1), ("\ufeff" + BAD + "--\r\n", 0)])
def test_stdin_comes_out_mended(project: Path, text: str, code: int) -> None:
    ended = zdpipe(project, "lint", "--fix", "-", "--stdin-filename", "queries/new.sql", stdin=text)
    assert ended.code == code
    assert ended.out == text.replace("Name", "name").replace("AS Email", "AS email")
    assert ("ZD105" in ended.err) == (code == 1)
    assert not (project / "queries" / "new.sql").exists()


def test_stdin_gives_a_patch_for_the_file_it_stands_for(project: Path) -> None:
    ended = zdpipe(project, "lint", "--diff", "-", "--stdin-filename", "queries/new.sql", stdin=BAD)
    assert ended.out.startswith("--- a/queries/new.sql\n")


def test_stdin_that_is_no_text_comes_to_nothing_rather_than_to_harm(project: Path) -> None:
    ended = zdpipe(project, "lint", "--fix", "-", stdin=b"\xff" + BAD.encode())
    assert (ended.code, ended.out) == (2, "")
