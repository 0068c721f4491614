"""The fixture for tests of mappings, used as the users of a project use it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from zdpipe.cli.app import execute
from zdpipe.errors import LintError, UsageProblem
from zdpipe.project.create import create_project
from zdpipe.project.load import load_project
from zdpipe.testing import ProjectUnderTest

CUSTOMERS = [
    {
        "amperity_id": "a-1",
        "full_name": " Jane  DOE",
        "email": "Jane@Example.com",
        "phone": "(206) 555-0134 x7",
    },
    {"amperity_id": "a-2", "email": "nameless@example.com"},
    {"amperity_id": "a-3", "full_name": "José", "email": "j@example.com", "phone": "nonsense"},
    {"amperity_id": "a-1", "full_name": "Jane Doe", "email": "jane@example.com", "phone": "+44 20 7946 0958"},
]
USERS = "queries/zendesk_users.sql"


def test_a_query_maps_a_few_customers(zdpipe_project: ProjectUnderTest) -> None:
    mapped = zdpipe_project.map(USERS, {"customer_360": CUSTOMERS})
    assert [(user["external_id"], user.get("phone")) for user in mapped.users] == [
        ("a-1", "+12065550134"),
        ("a-3", None),
    ]
    assert mapped.users[0]["email"] == "jane@example.com"
    assert [(row.row, row.key, row.reason) for row in mapped.rejections] == [(2, "a-2", "name_missing")]
    assert [(row.row, row.reason, row.column, row.value) for row in mapped.warnings] == [
        (1, "extension_dropped", "phone", "(206) 555-0134 x7"),
        (3, "invalid_phone", "phone", "nonsense"),
        (4, "conflicting_rows", "phone", '"+442079460958"'),
    ]
    assert mapped.text.splitlines() == [
        *mapped.payloads,
        "rejected: row 2 (a-2) name_missing name",
        'warning: row 1 (a-1) extension_dropped phone: "(206) 555-0134 x7"',
        'warning: row 3 (a-3) invalid_phone phone: "nonsense"',
        'warning: row 4 (a-1) conflicting_rows phone: "\\"+442079460958\\""',
    ]


def test_the_payloads_are_those_of_preview(
    zdpipe_project: ProjectUnderTest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "copy"
    assert execute(["init", str(folder)]) == 0
    monkeypatch.chdir(folder)
    assert execute(["sample", "--rows", "30", "--seed", "3", "--project", str(folder)]) == 0
    capsys.readouterr()
    words = ["preview", USERS, "--limit", "100", "--format", "ndjson", "--show-pii"]
    assert execute([*words, "--project", str(folder)]) == 0
    mapped = ProjectUnderTest(load_project(folder), zdpipe_project.scratch).map_sample(USERS, 30, 3)
    assert list(mapped.payloads) == capsys.readouterr().out.splitlines()


def test_every_call_begins_anew_and_leaves_the_project_alone(zdpipe_project: ProjectUnderTest) -> None:
    root = zdpipe_project.project.root
    before = {path: path.read_bytes() for path in (root / "schema.json", root / "zdpipe.toml")}
    one = zdpipe_project.map(USERS, {"Customer_360": CUSTOMERS[:1]})
    assert zdpipe_project.map(USERS).payloads == ()
    assert zdpipe_project.map(USERS, {"Customer_360": CUSTOMERS[:1]}) == one
    assert {path: path.read_bytes() for path in before} == before
    assert not (zdpipe_project.scratch / "machine").exists()


def test_rows_that_do_not_fit_and_queries_that_do_not_lint_are_told(
    zdpipe_project: ProjectUnderTest, tmp_path: Path
) -> None:
    with pytest.raises(UsageProblem, match="has a column nmae"):
        zdpipe_project.map(USERS, {"Customer_360": [{"nmae": "x"}]})
    query = tmp_path / "bad.sql"
    query.write_text("SELECT email AS email FROM Customer_360")
    with pytest.raises(LintError, match="ZD301"):
        zdpipe_project.map(query, {"Customer_360": CUSTOMERS})


PROJECT_TEST = """
def test_users(zdpipe_project, snapshot):
    rows = [{"amperity_id": "a-1", "full_name": "Jane", "city": "%s"}]
    assert zdpipe_project.map("queries/u.sql", {"Customer_360": rows}).text == snapshot
"""
QUERY = 'SELECT amperity_id AS external_id, full_name AS name, city AS "user_fields.city" FROM Customer_360'


def test_a_snapshot_fails_once_a_query_sends_something_else(pytester: pytest.Pytester) -> None:
    """As people use it: in a folder of its own, in a process of its own, without a schema."""
    pytester.mkdir("queries").joinpath("u.sql").write_text(QUERY)
    pytester.path.joinpath("zdpipe.toml").write_text("")
    pytester.mkdir("tests").joinpath("test_users.py").write_text(PROJECT_TEST % "Oslo")
    assert pytester.runpytest_subprocess("--snapshot-update").ret == 0
    assert pytester.runpytest_subprocess().ret == 0
    (snapshot,) = pytester.path.rglob("*.ambr")
    payload = {
        "external_id": "a-1",
        "name": "Jane",
        "skip_verify_email": True,
        "user_fields": {"city": "Oslo"},
    }
    assert json.dumps(payload, separators=(",", ":")) in snapshot.read_text()
    pytester.path.joinpath("queries/u.sql").write_text(QUERY.replace("city AS", "upper(city) AS"))
    failed = pytester.runpytest_subprocess()
    assert failed.ret == 1
    failed.stdout.fnmatch_lines(['*"city":"OSLO"*'])
    assert not list(pytester.path.glob(".zdpipe")), "the project's state is not touched"


def test_a_test_outside_of_any_project_is_told_what_to_do(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_users(zdpipe_project): pass")
    failed = pytester.runpytest_subprocess()
    failed.stdout.fnmatch_lines(["*There is no zdpipe.toml in *"])


def test_pytest_without_the_fixture_loads_nothing_of_ours(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys\n"
        "OURS = {'duckdb', 'polars', 'sqlglot', 'httpx', 'pydantic'}\n"
        "def test_nothing(): assert not OURS & set(sys.modules)"
    )
    assert pytester.runpytest_subprocess("-p", "no:hypothesispytest", "-p", "no:anyio").ret == 0


def test_the_documented_example_passes(pytester: pytest.Pytester) -> None:
    page = (Path(__file__).parent.parent / "docs" / "testing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    create_project(pytester.path)
    for words in (["sample", "--rows", "1"], ["schema"]):
        assert execute([*words, "--project", str(pytester.path)]) == 0
    (pytester.path / "tests" / "test_mappings.py").write_text(example, encoding="utf-8")
    assert pytester.runpytest_subprocess("--snapshot-update").ret == 0
    assert pytester.runpytest_subprocess().ret == 0
