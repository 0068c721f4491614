"""`zdpipe runs act`: which action is meant, and what it does, with the embedded simulator."""

from __future__ import annotations

import io
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from zdpipe.cli.app import execute
from zdpipe.cli.output import choose
from zdpipe.model.action import ActionName

CHOICES = ["check: Test it.", "free-lock: See who.", "again: Once more."]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ("1\n", 0),
        (" 3 \n", 2),
        ("free-lock\n", 1),
        ("AGAIN\n", 2),
        ("\n", -1),
        ("", -1),
        ("0\n", -1),
        ("4\n", -1),
        ("-1\n", -1),
        ("free\n", -1),
    ],
)
def test_a_choice_is_its_number_or_its_first_word(
    answer: str, place: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    at_a_terminal(monkeypatch, answer)
    assert choose("Which one?", CHOICES) == place
    assert capfd.readouterr().err == "".join(
        [*(f"  {number}  {choice}\n" for number, choice in enumerate(CHOICES, 1)), "Which one? "]
    )


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    assert choose("Which one?", CHOICES) is None


def customers(project: Path, rows: int) -> None:
    path = project / "customers.duckdb"
    path.unlink(missing_ok=True)
    with closing(duckdb.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE Customer_360 (amperity_id VARCHAR, full_name VARCHAR, email VARCHAR)"
        )
        connection.execute(
            f"INSERT INTO Customer_360 SELECT 'id-' || i, 'Jane Doe', NULL FROM range({rows}) r(i)"
        )


@pytest.fixture
def refused(project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Path:
    """A project whose newest run was refused, because it had no rows."""
    monkeypatch.chdir(project)
    monkeypatch.setenv("XDG_STATE_HOME", str(project / "machine"))
    customers(project, 0)
    assert execute(["run", "queries/users.sql"]) == 1
    capfd.readouterr()
    return project


def answered(capfd: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capfd.readouterr().out)


def act(*words: str) -> int:
    return execute(["runs", "act", "--format", "json", *words])


def test_whoever_chooses_none_does_nothing(
    refused: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    at_a_terminal(monkeypatch, "\n")
    assert act() == 2
    error = answered(capfd)["error"]
    assert (error["code"], error["message"]) == (
        "action",
        "Nothing was done: none of the actions was chosen.",
    )
    assert error["hint"] == "Name one of those that fit with --action: plan, allow, raise, again."


def test_the_chosen_one_is_carried_out(
    refused: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    at_a_terminal(monkeypatch, "allow\n")
    assert act() == 0
    assert answered(capfd)["guards"][-1]["verdict"] == "allowed"


def test_looking_changes_nothing(refused: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert act("--action", "plan") == 0
    assert answered(capfd)["counts"]["read"] == 0
    assert execute(["runs", "list", "--format", "json"]) == 0
    assert len(answered(capfd)["runs"]) == 1


def test_the_project_may_be_elsewhere(
    refused: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    customers(refused, 3)
    for action in ("plan", "again"):
        # A query that had no rows the last time has nothing to be compared with.
        assert act("--action", action, "--project", str(refused)) == 0
        assert answered(capfd)["counts"]["created"] == 3


def test_a_protected_destination_is_confirmed(refused: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings = (refused / "zdpipe.toml").read_text()
    (refused / "zdpipe.toml").write_text(
        settings.replace('"simulator"\n\n', '"simulator"\nprotected = true\n\n', 1)
    )
    for action in ("allow", "again"):
        assert act("--action", action) == 2
        assert answered(capfd)["error"]["code"] == "confirmation"
    assert act("--action", "allow", "--yes") == 0


@pytest.mark.parametrize("action", ["plan", "rejects"])
def test_customers_are_masked_unless_asked_otherwise(
    refused: Path, action: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """One customer arrives and another is rejected, which is more than the project lets pass."""
    customers(refused, 1)
    with closing(duckdb.connect(refused / "customers.duckdb")) as connection:
        connection.execute("INSERT INTO Customer_360 VALUES ('id-2', NULL, 'jane@example.com')")
    assert execute(["run", "queries/users.sql"]) == 1
    capfd.readouterr()
    for words in ([], ["--format", "json"]):
        command = ["runs", "act", "--action", action, *words]
        secret = "id-2" if action == "rejects" else "Jane Doe"
        assert execute(command) == 0
        assert secret not in capfd.readouterr().out
        assert execute([*command, "--show-pii"]) == 0
        assert secret in capfd.readouterr().out


def test_what_is_to_be_raised_is_said_in_words(refused: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = (refused / "zdpipe.toml").read_text()
    assert execute(["runs", "act", "--action", "raise"]) == 0
    said = capfd.readouterr()
    assert said.out == "The query has no rows.\n  zdpipe.toml: add to [guards]: empty = false\n"
    assert said.err.endswith("Then: zdpipe run queries/users.sql\n")
    assert (refused / "zdpipe.toml").read_text() == before


def test_what_follows_for_a_sealed_plan_is_a_command_that_can_be_given(
    refused: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sealed = str(refused / "plan.seal")
    assert execute(["plan", "queries/users.sql", "--seal", sealed]) == 0
    assert execute(["run", "queries/users.sql", "--plan", sealed]) == 1
    capfd.readouterr()
    assert act("--action", "raise") == 0
    said = answered(capfd)
    assert said["next"] == f"zdpipe runs act {said['run_id']} --action again"


def test_an_action_that_nobody_knows_is_a_usage_problem(refused: Path, capfd: Any) -> None:
    assert act("--action", "dance") == 2
    message = answered(capfd)["error"]["message"]
    assert all(name in message for name in ActionName)


def test_without_any_run_there_is_nothing_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    assert act("--action", "again") == 2
    assert answered(capfd)["error"]["code"] == "no_run"


def test_every_action_that_a_run_may_offer_can_be_carried_out() -> None:
    from zdpipe.cli.deeds import DEEDS

    assert set(DEEDS) == set(ActionName) - {ActionName.REPEAT}
