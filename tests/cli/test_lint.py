from __future__ import annotations

import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.command import write_schema, zdpipe

NO_SCHEMA = (
    "Without schema.json neither tables nor columns nor types were checked. "
    "`zdpipe schema` writes it; commit it.\n"
)


def test_a_clean_project(project: Path) -> None:
    write_schema(project)
    ended = zdpipe(project, "lint")
    assert (ended.code, ended.out, ended.err) == (0, "", "1 file, no findings.\n")


@pytest.mark.parametrize("options", [[], ["--fix"], ["--diff"], ["--format", "json"], ["--format", "github"]])
def test_that_the_schema_is_missing_is_said_once(project: Path, options: list[str]) -> None:
    (project / "queries" / "more.sql").write_text("SELECT id AS external_id, nobody AS name FROM nowhere\n")
    ended = zdpipe(project, "lint", *options)
    assert ended.code == 0
    assert ended.err.endswith(NO_SCHEMA)
    assert ended.err.count("schema.json") == 1
    write_schema(project)
    ended = zdpipe(project, "lint", *options)
    assert ended.code == 1
    assert "schema.json neither" not in ended.err


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


def test_a_review_on_github_gets_paths_from_the_top_of_the_repository(project: Path) -> None:
    crm = _moved_below(project)
    (crm / "queries" / "users.sql").write_text("SELECT 1 AS name,\n2 FROM Customer_360\n")
    ended = zdpipe(crm, "lint", "--format", "github")
    assert ended.code == 1
    assert "::error file=crm/queries/users.sql,line=2,col=1,endLine=2,endColumn=2,title=ZD105 " in ended.out
    assert ended.err == NO_SCHEMA


def test_sarif_is_one_document_that_can_be_redirected(project: Path) -> None:
    crm = _moved_below(project)
    (crm / "queries" / "users.sql").write_text("SELECT 1 FROM Customer_360\n")
    ended = zdpipe(crm, "lint", "--format=sarif")
    (result,) = json.loads(ended.out)["runs"][0]["results"]
    assert ended.code == 1
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "crm/queries/users.sql"}


def _moved_below(project: Path) -> Path:
    """Make the project's folder a repository, and the project a folder in it."""
    (project / ".git").mkdir()
    crm = project / "crm"
    crm.mkdir()
    for name in ("zdpipe.toml", "queries", "attribute_tables"):
        (project / name).rename(crm / name)
    return crm


def test_a_name_for_stdin_decides_which_rules_are_ignored(project: Path) -> None:
    with (project / "zdpipe.toml").open("a") as file:
        file.write('\n[lint.ignore_in]\n"old/" = ["unaliased-expression"]\n"draft.sql" = ["ZD105"]\n')
    sql = "SELECT 1, 2 AS name, 3 AS email FROM Customer_360"
    for name, code in (("queries/new.sql", 1), ("queries/draft.sql", 0), ("old/a/b.sql", 0)):
        ended = zdpipe(project, "lint", "-", "--stdin-filename", name, "--format", "json", stdin=sql)
        assert ended.code == code
        assert {finding["path"] for finding in json.loads(ended.out)["findings"]} <= {name}


def test_a_name_for_stdin_needs_stdin(project: Path) -> None:
    ended = zdpipe(project, "lint", "queries", "--stdin-filename", "queries/users.sql")
    assert (ended.code, ended.out) == (2, "")
    assert "Give - as the path too." in ended.err


def test_the_project_says_how_bad_a_rule_is(project: Path) -> None:
    (project / "queries" / "users.sql").write_text("SELECT 1, 2 AS name, 3 AS email FROM Customer_360")
    with (project / "zdpipe.toml").open("a") as file:
        file.write('\n[lint.severity]\nunaliased-expression = "warning"\n')
    ended = zdpipe(project, "lint")
    assert ended.code == 0
    assert "warning ZD105" in ended.out


def test_the_project_says_how_fields_are_read(project: Path) -> None:
    (project / "queries" / "users.sql").write_text(
        'SELECT amperity_id AS external_id, full_name AS name, email AS "user_fields.vip" FROM Customer_360\n'
    )
    write_schema(project)
    assert "ZD502" not in zdpipe(project, "lint").out
    with (project / "zdpipe.toml").open("a") as file:
        file.write('\n[fields."user_fields.vip"]\nas = "boolean"\n')
    assert "queries/users.sql:1:55: warning ZD502" in zdpipe(project, "lint").out


@pytest.mark.parametrize(
    ("one", "other"), [("a/contact.sql", "b/contact.sql"), ("a/contact.sql", "Contact.sql")]
)
def test_of_two_tables_with_one_name_each_is_told_of_the_other(project: Path, one: str, other: str) -> None:
    folder = project / "attribute_tables"
    for name in (one, other):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("SELECT amperity_id, email FROM Customer_360\n")
    for name, clashes in ((one, other), (other, one)):
        ended = zdpipe(project, "lint", f"attribute_tables/{name}")
        assert ended.code == 1
        assert f"attribute_tables/{name}:1:1: error ZD205" in ended.out
        assert f"`attribute_tables/{clashes}`" in ended.out


def test_a_folder_without_sql_is_told(project: Path) -> None:
    (project / "notes").mkdir()
    ended = zdpipe(project, "lint", "notes")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("No .sql file was found.\n")
