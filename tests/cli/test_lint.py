from __future__ import annotations

import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.command import zdpipe


def test_a_clean_project(project: Path) -> None:
    ended = zdpipe(project, "lint")
    assert (ended.code, ended.out, ended.err) == (0, "", "1 file, no findings.\n")


def test_findings_for_people(project: Path, snapshot: SnapshotAssertion) -> None:
    (project / "queries" / "users.sql").write_text("SELECT nmae, email\nFROM Customer_360\n")
    ended = zdpipe(project, "lint")
    assert ended.code == 1
    assert ended.out == snapshot


def test_findings_for_programs(project: Path) -> None:
    (project / "queries" / "users.sql").write_text("SELECT * FROM Customer_360\n")
    ended = zdpipe(project, "lint", "--format", "json")
    document = json.loads(ended.out)
    assert ended.code == 1
    assert document["files"] == 1
    assert {
        "code",
        "name",
        "severity",
        "message",
        "path",
        "line",
        "column",
        "end_line",
        "end_column",
        "fixable",
        "help",
    } == set(document["findings"][0])


def test_stdin_is_a_query(project: Path) -> None:
    ended = zdpipe(project, "lint", "-", "--format", "json", stdin="SELECT * FROM Customer_360")
    findings = json.loads(ended.out)["findings"]
    assert ended.code == 1
    assert {finding["path"] for finding in findings} == {"stdin.sql"}


@pytest.mark.parametrize(("name", "code"), [("queries/new.sql", 1), ("attribute_tables/new.sql", 0)])
def test_the_name_for_stdin_tells_what_it_is(name: str, code: int, project: Path) -> None:
    sql = "SELECT amperity_id, email FROM Customer_360"
    assert zdpipe(project, "lint", "-", "--stdin-filename", name, stdin=sql).code == code


def test_bytes_that_are_no_text_end_in_findings(project: Path) -> None:
    assert zdpipe(project, "lint", "-", stdin=b"\xff\xfe\x00SELECT").code == 1


def test_a_file_that_is_not_there(project: Path) -> None:
    ended = zdpipe(project, "lint", "queries/nobody.sql", "--format", "json")
    assert ended.code == 2
    assert "nobody.sql" in json.loads(ended.out)["error"]["message"]
