"""Files and command lines that no person would write, through the real command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import write_schema, zdpipe
from tests.cli.conftest import CLEAN

TEN_MEGABYTES = 10_000_000
DEEP = 10_000

CONTENTS = {
    "10 MB of zero bytes": (b"\0" * TEN_MEGABYTES, "ZD103"),
    "10 MB of other bytes": (bytes(range(256)) * (TEN_MEGABYTES // 256), "ZD101"),
    "10 MB in one text": (b"SELECT '" + b"x" * TEN_MEGABYTES + b"' AS name", "ZD302"),
    "10 MB in a text without an end": (b"SELECT '" + b"x\n" * (TEN_MEGABYTES // 2), "ZD101"),
    "a comment without an end": (b"SELECT 1 /* " + b"x\n" * DEEP, "ZD101"),
    "a name without an end": (b'SELECT "' + b"x\r\n" * DEEP, "ZD101"),
    "brackets without an end": (b"SELECT " + b"(" * DEEP, "ZD101"),
    "brackets": (b"SELECT " + b"(" * DEEP + b"1" + b")" * DEEP, "ZD101"),
    "lists": (b"SELECT " + b"[" * DEEP + b"]" * DEEP, "ZD101"),
    "calls": (b"SELECT " + b"f(" * DEEP + b"1" + b")" * DEEP, "ZD101"),
    "subqueries": (b"SELECT * FROM " + b"(SELECT * FROM " * DEEP + b"t" + b")" * DEEP, "ZD101"),
    "branches": (b"SELECT " + b"CASE WHEN a THEN " * DEEP, "ZD101"),
    "signs": (b"SELECT " + b"- " * DEEP + b"1 AS name", "ZD101"),
    "negations": (b"SELECT " + b"NOT " * DEEP + b"true AS name", "ZD101"),
    "a chain": (b"SELECT " + b"a || " * DEEP + b"a AS name", "ZD302"),
    "a long line with a finding everywhere": (b"SELECT " + b"1, " * 3_000 + b"1", "ZD105"),
}


@pytest.mark.parametrize(("content", "code"), CONTENTS.values(), ids=CONTENTS)
def test_any_file_ends_in_findings(content: bytes, code: str, project: Path) -> None:
    (project / "queries" / "strange.sql").write_bytes(content)
    ended = zdpipe(project, "lint", "queries/strange.sql")
    assert ended.code == 1
    assert f" {code} " in ended.out
    assert "A bug of zdpipe" not in ended.out
    assert "Traceback" not in ended.out + ended.err
    assert ended.err.startswith("1 file, ")


def test_stdin_may_be_as_strange(project: Path) -> None:
    write_schema(project)
    ended = zdpipe(project, "lint", "-", stdin=b"\xff\0" * 5_000_000)
    assert (ended.code, ended.err) == (1, "1 file, 1 error.\n")


def test_a_list_of_thousands_of_changed_files(project: Path) -> None:
    """As pre-commit and `git diff --name-only` hand them over; each is looked at once."""
    names = [f"queries/{number}.sql" for number in range(3_000)]
    for name in names:
        (project / name).write_text(CLEAN)
    (project / names[-1]).write_text(CLEAN.replace("full_name", "1, full_name"))
    ended = zdpipe(project, "lint", *names, *names, "--format", "json")
    document = json.loads(ended.out)
    assert ended.code == 1
    assert document["files"] == 3_000
    assert [(finding["path"], finding["code"]) for finding in document["findings"]] == [(names[-1], "ZD105")]
