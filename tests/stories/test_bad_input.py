"""The mistakes people make: one message with its cure, the right exit code, no traceback, nothing lost."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stories.world import World

RUN = ("run", "queries/users.sql", "--format", "json")


def replace(world: World, name: str, old: str, new: str) -> None:
    path = world.folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def no_project(world: World) -> None:
    (world.folder / "zdpipe.toml").unlink()


def no_database(world: World) -> None:
    (world.folder / "data" / "customers.duckdb").unlink()


def database_is_something_else(world: World) -> None:
    (world.folder / "data" / "customers.duckdb").write_bytes(b"PK\x03\x04" + b"x" * 5000)


def no_query(world: World) -> None:
    (world.folder / "queries" / "users.sql").unlink()


def empty_query(world: World) -> None:
    world.write("queries/users.sql", "-- nothing yet\n")


def missing_table(world: World) -> None:
    replace(world, "queries/users.sql", "Customer_360", "Customers")


def missing_column(world: World) -> None:
    replace(world, "queries/users.sql", "phone AS phone", "telephone AS phone")


def broken_sql(world: World) -> None:
    replace(world, "queries/users.sql", "SELECT", "SELEKT")


def failing_sql(world: World) -> None:
    world.write(
        "queries/users.sql",
        "SELECT amperity_id AS external_id, CAST(name AS INTEGER) AS name FROM Customer_360",
    )


def unknown_key(world: World) -> None:
    replace(world, "zdpipe.toml", "users_per_second", "users_per_secund")


def wrong_type(world: World) -> None:
    replace(world, "zdpipe.toml", "users_per_second = 5000", 'users_per_second = "many"')


def unknown_rule(world: World) -> None:
    replace(world, "zdpipe.toml", "[defaults]", '[lint]\nignore = ["select-starr"]\n[defaults]')


def broken_toml(world: World) -> None:
    replace(world, "zdpipe.toml", "[source]", "[source")


def no_credentials(world: World) -> None:
    del world.environment["ZENDESK_API_TOKEN"]


def wrong_credentials(world: World) -> None:
    world.environment["ZENDESK_API_TOKEN"] = "wrong"


def unknown_destination(world: World) -> None:
    replace(world, "zdpipe.toml", 'destination = "zendesk"', 'destination = "zendsk"')


def nobody_answers(world: World) -> None:
    replace(world, "zdpipe.toml", world.url, "http://127.0.0.1:9")


def state_is_a_file(world: World) -> None:
    (world.folder / ".zdpipe").write_text("not a folder")


def state_is_damaged(world: World) -> None:
    folder = world.folder / ".zdpipe"
    folder.mkdir()
    (folder / "state.sqlite").write_bytes(b"x" * 4096)


MISTAKES: list[tuple[Callable[[World], None], str, str]] = [
    (no_project, "no_project", "zdpipe init"),
    (no_database, "", "customers.duckdb"),
    (database_is_something_else, "", "customers.duckdb"),
    (no_query, "project", "users.sql"),
    (empty_query, "lint", "queries/users.sql"),
    (missing_table, "lint", "Customer_360"),
    (missing_column, "lint", "phone"),
    (broken_sql, "lint", "queries/users.sql:2"),
    (failing_sql, "query", "users.sql"),
    (unknown_key, "project", "users_per_second"),
    (wrong_type, "project", "users_per_second"),
    (unknown_rule, "project", "select-star?"),
    (broken_toml, "project", "zdpipe.toml"),
    (no_credentials, "credentials", "ZENDESK_API_TOKEN"),
    (wrong_credentials, "unauthorized", "token"),
    (unknown_destination, "", "zendesk"),
    (nobody_answers, "unreachable", "zdpipe check"),
    (state_is_a_file, "state", ".zdpipe"),
    (state_is_damaged, "state_damaged", "state.sqlite"),
]


@pytest.mark.parametrize(
    ("break_it", "code", "said"), MISTAKES, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_mistake_gets_one_message_with_its_cure(
    world: World, break_it: Callable[[World], None], code: str, said: str
) -> None:
    world.many_customers(3)
    break_it(world)
    ended = world.zdpipe(*RUN)
    assert ended.code == 2, ended.out + ended.err
    error = ended.json["error"]
    assert set(error) == {"code", "message", "hint"}
    assert error["hint"]
    assert said in error["message"] + error["hint"]
    if code:
        assert error["code"] == code
    assert "Traceback" not in ended.out + ended.err
    assert world.stats()["writes"] == 0
    plain = world.zdpipe("run", "queries/users.sql")
    assert plain.code == 2
    assert plain.out == ""
    assert error["hint"].split()[0] in plain.err


def test_after_the_mistake_is_mended_everything_is_sent(world: World) -> None:
    world.many_customers(3)
    failing_sql(world)
    assert world.zdpipe(*RUN).code == 2
    world.write("queries/users.sql", "SELECT amperity_id AS external_id, name AS name FROM Customer_360")
    assert world.zdpipe(*RUN).json["counts"]["created"] == 3


def test_a_query_of_no_rows_is_refused_until_it_is_allowed(world: World) -> None:
    world.customers([])
    refused = world.zdpipe(*RUN, "--yes")
    assert refused.code == 1, refused.err
    assert refused.json["error"]["code"] == "guard"
    assert "no rows" in refused.json["error"]["message"]
    ended = world.zdpipe(*RUN, "--allow", "empty")
    assert ended.code == 0, ended.err
    assert ended.json["outcome"] == "succeeded"
    assert set(ended.json["counts"].values()) == {0}


def test_a_protected_destination_wants_a_yes(world: World) -> None:
    world.many_customers(3)
    replace(world, "zdpipe.toml", "[defaults]", "protected = true\n[defaults]")
    refused = world.zdpipe(*RUN)
    assert refused.code == 2
    assert "--yes" in refused.json["error"]["hint"]
    assert world.zdpipe(*RUN, "--yes").json["counts"]["created"] == 3


def test_wrong_words_are_one_json_document_too(world: World) -> None:
    for words in (("run", "--format", "json"), ("run", "q.sql", "--nonesuch", "--format", "json"), ("runn",)):
        ended = world.zdpipe(*words)
        assert ended.code == 2
        if "json" in words:
            assert set(json.loads(ended.out)["error"]) == {"code", "message", "hint"}


def test_nothing_personal_is_printed_unless_asked_for(world: World) -> None:
    world.customers(
        [
            ("A", "Ada Lovelace", "ada@lovelace.example", "(212) 736-5000", "Oslo"),
            ("B", "", "bob@builder.example"),
        ]
    )
    said = ""
    for words in (
        ("preview", "queries/users.sql"),
        ("preview", "queries/users.sql", "--format", "ndjson"),
        ("preview", "queries/users.sql", "--format", "json"),
        ("preview", "queries/users.sql", "--format", "csv"),
        ("plan", "queries/users.sql"),
        ("plan", "queries/users.sql", "--format", "json"),
        ("run", "queries/users.sql"),
        ("runs", "show"),
        ("runs", "rejects"),
        ("runs", "rejects", "--format", "json"),
        ("runs", "list", "--format", "json"),
    ):
        ended = world.zdpipe(*words)
        assert ended.code in {0, 1}, ended.err
        said += ended.out + ended.err
    for personal in (
        "Lovelace",
        "ada@",
        "lovelace.example",
        "7365000",
        "736-5000",
        "bob@",
        "builder.example",
    ):
        assert personal not in said
    assert "ada@lovelace.example" in world.zdpipe("preview", "queries/users.sql", "--show-pii").out
    assert "bob@builder.example" in world.zdpipe("runs", "rejects", "--show-pii", "--format", "json").out


def test_a_secret_is_nowhere_to_be_read_but_where_it_was_put(world: World) -> None:
    secret = "s3cr3t-0f-9431"
    world.many_customers(3)
    (world.folder / "token.txt").write_text(f"{secret}\n")
    said = ""
    for reference in ("env:ZENDESK_API_TOKEN", "file:token.txt", f"keyring:{secret}", secret):
        world.environment["ZENDESK_API_TOKEN"] = secret
        replace(world, "zdpipe.toml", 'api_token = "env:ZENDESK_API_TOKEN"', f'api_token = "{reference}"')
        for words in (RUN, ("run", "queries/users.sql"), ("check",), ("check", "--format", "json")):
            ended = world.zdpipe(*words)
            assert ended.code == 2, ended.out
            said += ended.out + ended.err
        replace(world, "zdpipe.toml", f'api_token = "{reference}"', 'api_token = "env:ZENDESK_API_TOKEN"')
    coded = base64.b64encode(f"admin@example.com/token:{secret}".encode()).decode()
    kept = [path for path in (world.folder / ".zdpipe").rglob("*") if path.is_file()]
    assert kept
    for text in (said.encode(), *(path.read_bytes() for path in kept)):
        assert secret.encode() not in text
        assert coded.encode() not in text


def test_an_error_of_the_query_does_not_repeat_the_value(world: World) -> None:
    world.customers([("A", "Ada Lovelace")])
    world.write(
        "queries/users.sql", "SELECT amperity_id AS external_id, name::DATE AS name FROM Customer_360"
    )
    ended = world.zdpipe("run", "queries/users.sql")
    assert ended.code == 2
    assert "Conversion" in ended.err or "invalid date" in ended.err
    assert "Lovelace" not in ended.out + ended.err


def test_state_is_for_its_owner_alone(world: World) -> None:
    world.customers([("A", "Ada"), ("B", "")])
    world.zdpipe("run", "queries/users.sql")
    state = world.folder / ".zdpipe"
    for path in [state, *state.rglob("*"), *Path(world.environment["XDG_STATE_HOME"], "zdpipe").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path
    assert {path.suffix for path in state.rglob("rejects.*")} == {".csv", ".parquet"}


def test_a_closed_pipe_ends_quietly(world: World) -> None:
    world.many_customers(2000)
    command = " ".join(
        (sys.executable, "-m", "zdpipe preview queries/users.sql --limit 2000 --format ndjson")
    )
    done = subprocess.run(
        f"{command} | head -n 1",
        shell=True,
        cwd=world.folder,
        env=world.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert len(done.stdout.splitlines()) == 1
    assert "Error" not in done.stderr
    assert "Traceback" not in done.stderr


def test_control_c_while_the_query_runs_ends_at_once(world: World) -> None:
    world.many_customers(3)
    world.write(
        "queries/users.sql",
        "SELECT count(*) AS external_id, 'x' AS name FROM range(1000000) AS a(i), range(1000000) AS b(j)"
        " WHERE i * j % 7 = 3",
    )
    process = world.start("run", "queries/users.sql")
    runs = world.folder / ".zdpipe" / "runs"
    while not (runs.exists() and list(runs.iterdir())) and process.poll() is None:
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    try:
        _, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "Traceback" not in err


def test_a_damaged_account_of_the_embedded_simulator_is_named_with_its_cure(world: World) -> None:
    world.many_customers(1)
    world.write(
        "zdpipe.toml",
        '[source]\ndatabase = "data/customers.duckdb"\n[destinations.simulator]\nkind = "simulator"\n',
    )
    world.write(".zdpipe/simulator/simulator.sqlite", "no account")
    ended = world.zdpipe("run", "queries/users.sql", "--to", "simulator", "--format", "json")
    assert ended.code == 2, ended.err
    assert ended.json["error"]["code"] == "simulator_damaged"


def test_a_file_named_twice_is_linted_once(world: World) -> None:
    ended = world.zdpipe("lint", "queries", "queries/users.sql", "--format", "json")
    assert ended.json["files"] == 1
