"""Promoting and comparing as a command: what is asked, what is printed, how it leaves."""

from __future__ import annotations

import io
import json
import os
import pwd
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from zdpipe.cli.app import execute
from zdpipe.cli.promote import _whoami
from zdpipe.project.approvals_file import read_approvals

ACCOUNTS = """
[destinations.sandbox]
kind = "simulator"

[destinations.production]
kind = "simulator"
protected = true
"""
WORDS = ["promote", "queries/users.sql", "--from", "sandbox", "--to", "production"]
WITHDRAW = ["promote", "queries/users.sql", "--to", "production", "--withdraw"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _two_accounts(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("XDG_STATE_HOME", str(project / "machine"))
    with (project / "zdpipe.toml").open("a") as file:
        file.write(ACCOUNTS)
    with closing(duckdb.connect(project / "customers.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE Customer_360 (amperity_id VARCHAR, full_name VARCHAR, email VARCHAR)"
        )
        connection.execute("INSERT INTO Customer_360 VALUES ('a1', 'Ann Example', 'ann@example.com')")


def answer(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """Put a person at a terminal who says this."""
    monkeypatch.setattr("sys.stdin", Terminal(words))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)


def test_a_script_promotes_by_the_command_itself(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(WORDS) == 0
    (approval,) = read_approvals(project)
    assert approval.by == pwd.getpwuid(os.getuid()).pw_name
    printed = capfd.readouterr()
    assert f"Approved for production (simulator/production) by {approval.by}." in printed.out
    assert "ann@example.com" not in printed.out
    assert "approvals.json; commit it" in printed.err


def test_json_is_one_document_with_the_approval(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute([*WORDS, "--format", "json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert document["approval"] == read_approvals(project)[0].as_json()
    assert document["plan"]["counts"]["created"] == 1
    assert [each["code"] for each in document["obstacles"]] == ["not_tried"]


def test_a_dry_run_records_nothing(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute([*WORDS, "--dry-run"]) == 0
    assert read_approvals(project) == ()
    assert "Nothing stands in the way of an approval" in capfd.readouterr().out


@pytest.mark.parametrize(("words", "code", "number"), [("y\n", 0, 1), ("n\n", 2, 0), ("\n", 2, 0)])
def test_a_person_is_asked_once_everything_was_shown(
    project: Path,
    words: str,
    code: int,
    number: int,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    answer(monkeypatch, words)
    assert execute(WORDS) == code
    assert len(read_approvals(project)) == number
    assert "Approve queries/users.sql for simulator/production (production)?" in capfd.readouterr().err


def test_yes_answers_beforehand(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "n\n")
    assert execute([*WORDS, "--yes"]) == 0
    assert len(read_approvals(project)) == 1


def test_what_would_fail_leaves_with_1_and_without_an_approval(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "queries" / "users.sql").write_text("SELECT email AS email FROM Customer_360\n")
    assert execute(WORDS) == 1
    assert read_approvals(project) == ()
    assert "Not approved for production" in capfd.readouterr().out


def test_both_destinations_have_to_be_named(capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["promote", "queries/users.sql", "--to", "production"]) == 2
    assert "--from" in capfd.readouterr().err
    assert execute([*WORDS[:-1], "elsewhere"]) == 2


def test_an_approved_query_is_sent_without_a_yes_and_a_changed_one_with_none(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = ["run", "queries/users.sql", "--to", "production"]
    assert execute(run) == 2  # as ever: protected, and nobody here to say yes
    assert execute(WORDS) == 0
    capfd.readouterr()
    assert execute([*run, "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out)["counts"]["created"] == 1
    query = project / "queries" / "users.sql"
    query.write_text(query.read_text() + "-- a remark\n")
    for words in (run, [*run, "--yes"]):
        assert execute([*words, "--format", "json"]) == 2
        error = json.loads(capfd.readouterr().out)["error"]
        assert error["code"] == "not_approved"
        assert error["hint"].endswith(" ".join(["zdpipe", *WORDS]))


def test_an_approval_is_withdrawn_and_the_destination_asks_again(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert execute(WORDS) == 0
    (project / "queries" / "users.sql").rename(project / "queries" / "gone.sql")  # its file may be no more
    capfd.readouterr()
    assert execute([*WITHDRAW, "--dry-run", "--format", "json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert (document["dry_run"], document["left"], len(document["withdrawn"])) == (True, 0, 1)
    assert len(read_approvals(project)) == 1
    assert execute(WITHDRAW) == 0
    assert read_approvals(project) == ()
    printed = capfd.readouterr()
    said = " ".join(printed.out.split())
    assert "Withdrawn for production (simulator/production): the approval of queries/users.sql" in said
    assert "It was the last one: production has no approvals then" in said
    assert "commit it" in printed.err
    assert execute([*WITHDRAW, "--format", "json"]) == 2
    assert json.loads(capfd.readouterr().out)["error"]["code"] == "no_approval"


def test_others_stay_and_the_query_is_refused_from_then_on(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    query = project / "queries" / "users.sql"
    (project / "queries" / "more.sql").write_text(query.read_text())
    assert execute(WORDS) == 0
    assert execute(["promote", "queries/more.sql", *WORDS[2:]]) == 0
    capfd.readouterr()
    assert execute([*WITHDRAW, "--format", "json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert (document["left"], [each["query"] for each in document["withdrawn"]]) == (1, ["queries/users.sql"])
    assert [each.query for each in read_approvals(project)] == ["queries/more.sql"]
    assert execute(["run", "queries/users.sql", "--to", "production", "--yes", "--format", "json"]) == 2
    assert json.loads(capfd.readouterr().out)["error"]["code"] == "not_approved"


@pytest.mark.parametrize(("words", "left"), [("y\n", 0), ("n\n", 1)])
def test_a_person_is_asked_before_an_approval_is_withdrawn(
    project: Path, words: str, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert execute(WORDS) == 0
    answer(monkeypatch, words)
    assert execute(WITHDRAW) == (2 if left else 0)
    assert len(read_approvals(project)) == left


@pytest.mark.parametrize("more", [["--from", "sandbox"], ["--allow", "updated"]])
def test_withdrawing_is_not_giving(more: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert execute([*WITHDRAW, *more]) == 2
    assert "--withdraw takes an approval away" in capfd.readouterr().err


def test_equal_accounts_leave_with_0(capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["fields", "diff", "sandbox", "production", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out) == {
        "first": {"destination": "sandbox", "account": "simulator/sandbox"},
        "second": {"destination": "production", "account": "simulator/production"},
        "equal": True,
        "differences": [],
    }


def test_one_account_cannot_be_compared_with_itself(capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["fields", "diff", "sandbox", "sandbox"]) == 2
    assert "lead to the same account" in capfd.readouterr().err


def test_a_user_without_a_name_is_known_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def getpwuid(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr("pwd.getpwuid", getpwuid)
    assert _whoami() == f"user {os.getuid()}"
