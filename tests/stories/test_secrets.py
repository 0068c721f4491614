"""Planted secrets are nowhere: not in output, files or logs, whatever goes wrong."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import httpx
import polars as pl
import pytest

from tests.stories.world import ACCESS_TOKEN, API_TOKEN, CLIENT_SECRET, Ended, World, values_in

OAUTH = """
[source]
database = "data/customers.duckdb"

[destinations.zendesk]
base_url = "{url}"
client_id = "env:ZENDESK_CLIENT_ID"
client_secret = "env:ZENDESK_CLIENT_SECRET"

[defaults]
destination = "zendesk"
"""
# A bug of ours at the moment a request is on its way, with everything secret at hand.
BUGGY = """
import httpx, sys
def handle(self, request):
    headers = dict(request.headers)
    raise RuntimeError("a bug", request, self)
httpx.HTTPTransport.handle_request = handle
sys.argv[0] = "zdpipe"
from zdpipe.cli.app import main
main()
"""


@pytest.fixture
def oauth(world: World) -> World:
    world.write("zdpipe.toml", OAUTH.format(url=world.url))
    world.many_customers(120)
    return world


def script(world: World, *faults: dict[str, Any]) -> None:
    httpx.post(f"{world.url}/simulator/faults", json={"faults": faults}).raise_for_status()


def try_everything(world: World) -> list[Ended]:
    """Use every command that signs in, or shows what one did that signed in."""
    commands = (
        ["check"],
        ["schema", "--to", "zendesk"],
        ["run", "queries/users.sql"],
        ["resume"],
        ["runs", "list"],
        ["runs", "show"],
        ["runs", "failures", "--show-pii"],
    )
    ended = [world.zdpipe(*words, *form) for words in commands for form in ([], ["--format", "json"])]
    world.assert_no_secrets()
    return ended


def test_a_run_by_oauth_arrives_and_leaves_no_secret_behind(oauth: World) -> None:
    ended = try_everything(oauth)
    assert ended[0].code == 0, ended[0].out
    assert len(oauth.users()) == 120


def test_neither_does_a_refused_client(oauth: World) -> None:
    wrong = {"ZENDESK_CLIENT_SECRET": f"{CLIENT_SECRET}-wrong"}
    ended = oauth.zdpipe("run", "queries/users.sql", "--format", "json", env=wrong)
    assert (ended.code, ended.json["error"]["code"]) == (2, "oauth_client")


def test_nor_a_token_that_is_taken_back(oauth: World) -> None:
    answer = {"access_token": ACCESS_TOKEN, "token_type": "bearer", "scope": "read write", "expires_in": 600}
    script(oauth, {"on": "token", "times": None, "answer": {"status": 200, "body": answer}})
    ended = try_everything(oauth)
    assert ended[0].code == 2
    assert "took back" in ended[0].out.replace("\n", " ")


def test_nor_an_answer_that_repeats_what_was_sent(oauth: World) -> None:
    said = {"error": "invalid_client", "description": f"{CLIENT_SECRET} is not the secret"}
    script(oauth, {"on": "token", "times": None, "answer": {"status": 401, "body": said}})
    assert {ended.code for ended in try_everything(oauth)} > {2}


def test_nor_a_token_of_another_scope(oauth: World) -> None:
    script(oauth, {"on": "any", "times": None, "account": {"scope": "read"}})
    ended = oauth.zdpipe("check", "--format", "json")
    assert (ended.code, ended.json["error"]["code"]) == (2, "scope")


def test_a_token_that_ends_in_the_middle_of_a_run_is_renewed(oauth: World) -> None:
    script(oauth, {"on": "write", "skip": 1, "account": {"tokens": "expired"}})
    ended = oauth.zdpipe("run", "queries/users.sql", "--format", "json")
    assert ended.code == 0, ended.out
    assert ended.json["counts"]["created"] == 120


@pytest.mark.parametrize("by_oauth", [False, True])
def test_nor_a_bug_with_its_log(oauth: World, by_oauth: bool) -> None:
    world = oauth
    if not by_oauth:
        world = World(oauth.folder, oauth.url)
    done = subprocess.run(
        [sys.executable, "-c", BUGGY, "run", "queries/users.sql"],
        cwd=world.folder,
        env=world.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    logs = list((world.folder / ".zdpipe" / "logs").iterdir())
    assert "a bug" in logs[0].read_text(encoding="utf-8")
    assert "pl4nted" not in done.stdout + done.stderr
    world.assert_no_secrets()


def test_the_search_finds_what_is_there(world: World) -> None:
    path = world.write("notes.txt", f"the token is {API_TOKEN}")
    with pytest.raises(AssertionError, match=r"notes\.txt"):
        world.assert_no_secrets()
    path.unlink()


def test_the_search_looks_into_compressed_files(tmp_path: Path) -> None:
    rows = [f"{n} {API_TOKEN}" for n in range(1000)]
    frame = pl.DataFrame({"n": range(1000), "words": [{"inner": row} for row in rows]})
    frame.write_parquet(tmp_path / "rows.parquet")
    with closing(duckdb.connect(tmp_path / "known.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT unnest(?) AS words", [rows])
    for path in tmp_path.iterdir():
        found = [text for text in values_in(path) if API_TOKEN.encode() in text]
        assert len(found) == 1000, path
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes((tmp_path / "rows.parquet").read_bytes()[:500])
    assert list(values_in(damaged)) == []
