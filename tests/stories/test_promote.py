"""From a sandbox to production: two accounts, two machines, and one approval that is committed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.alerts.receiver import receiving
from tests.stories.world import API_TOKEN, EVERYTHING, Ended, World, planted
from zdpipe.simulator.server import Server, serve
from zdpipe.simulator.settings import CUSTOMER_FIELDS, FieldSpec, Settings

TOML = """
[source]
database = "data/customers.duckdb"

[destinations.sandbox]
base_url = "{sandbox}"
email = "env:ZENDESK_EMAIL"
api_token = "env:ZENDESK_API_TOKEN"
users_per_second = 5000

[destinations.production]
base_url = "{production}"
email = "env:ZENDESK_EMAIL"
api_token = "env:ZENDESK_API_TOKEN"
users_per_second = 5000
protected = true

[defaults]
destination = "sandbox"
"""
QUICK = Settings(job_seconds=0.0, users_per_second=5000, requests_per_minute=100_000)
TIER = FieldSpec("tier", "Tier", "dropdown", options=("gold", "silver"))
PROMOTE = ("promote", "queries/users.sql", "--from", "sandbox", "--to", "production")
NIGHT = ("orchestrations", "run", "nightly")
NIGHTLY = """
[orchestrations.nightly]
queries = ["queries/users.sql", "queries/more.sql"]
destination = "production"
"""
RUN = ("run", "queries/users.sql", "--to", "production")


class Team(World):
    """A world with a sandbox and a production account; `users` reads the latter."""

    def __init__(self, folder: Path, sandbox: Server, production: Server) -> None:
        super().__init__(folder, production.url)
        self.servers = (sandbox, production)
        self.write("zdpipe.toml", TOML.format(sandbox=sandbox.url, production=production.url))

    def refused(self, *words: str) -> dict[str, Any]:
        ended = self.zdpipe(*words, "--format", "json")
        assert ended.code == 2, ended.out
        error: dict[str, Any] = ended.json["error"]
        return error

    def checkout(self, folder: Path) -> Team:
        """Return another machine that has what was committed."""
        there = Team(folder / "project", *self.servers)
        committed = shutil.ignore_patterns(".zdpipe")
        shutil.copytree(self.folder, there.folder, ignore=committed, dirs_exist_ok=True)
        return there


MakeTeam = Callable[..., Team]


@pytest.fixture
def make_team(tmp_path: Path) -> Iterator[MakeTeam]:
    with ExitStack() as stack:

        def make(production: Settings = QUICK, sandbox: Settings = QUICK) -> Team:
            servers = [
                stack.enter_context(serve(planted(settings), tmp_path / f"{name}.sqlite"))
                for name, settings in (("sandbox", sandbox), ("production", production))
            ]
            team = Team(tmp_path / "project", *servers)
            stack.callback(team.assert_no_secrets)
            team.many_customers(20)
            return team

        yield make


def ok(ended: Ended) -> Ended:
    assert ended.code == 0, ended.out + ended.err
    return ended


def test_tried_promoted_committed_and_run_on_another_machine(make_team: MakeTeam, tmp_path: Path) -> None:
    """Jane tries a query in the sandbox, promotes it, and commits; the scheduler's checkout runs it."""
    jane = make_team()
    ok(jane.zdpipe("run", "queries/users.sql", "--sample", "5"))
    promoted = ok(jane.zdpipe(*PROMOTE))
    assert "The accounts have the same custom fields, rights and limits." in promoted.out
    assert "Approved for production" in promoted.out
    assert jane.users() == {}  # nothing was sent

    (tmp_path / "scheduler").mkdir()
    scheduler = jane.checkout(tmp_path / "scheduler")
    assert ok(scheduler.zdpipe(*RUN, "--format", "json")).json["counts"]["created"] == 20
    assert len(jane.users()) == 20

    scheduler.write("queries/users.sql", EVERYTHING.replace("FROM", ", 'x' AS notes FROM"))
    error = scheduler.refused(*RUN, "--yes")
    assert error["code"] == "not_approved"
    assert error["hint"].endswith(f"zdpipe {' '.join(PROMOTE)}")
    assert scheduler.zdpipe(*PROMOTE).code == 1  # everybody would change, which a guard refuses
    ok(scheduler.zdpipe(*PROMOTE, "--allow", "updated"))
    ok(scheduler.zdpipe(*RUN, "--allow", "updated"))
    assert {user["notes"] for user in jane.users().values()} == {"x"}


def test_whoever_never_promotes_says_yes_as_ever(make_team: MakeTeam) -> None:
    team = make_team()
    assert team.refused(*RUN)["code"] == "confirmation"
    ok(team.zdpipe(*RUN, "--yes"))
    assert len(team.users()) == 20


def test_accounts_that_differ_in_everything(make_team: MakeTeam) -> None:
    """Production lacks a field, has other options, a smaller plan, a lesser role, and imports off."""
    production = replace(
        QUICK,
        user_fields=(*CUSTOMER_FIELDS[:2], replace(TIER, options=("silver",))),
        role="custom agent",
        bulk_import=False,
        requests_per_minute=400,
    )
    team = make_team(production, replace(QUICK, user_fields=(*CUSTOMER_FIELDS, TIER)))
    team.write("queries/users.sql", EVERYTHING.replace("FROM", ", 'gold' AS \"user_fields.tier\" FROM"))
    ended = team.zdpipe(*PROMOTE, "--format", "json")
    assert ended.code == 1
    found = ended.json
    assert found["approval"] is None
    assert not (team.folder / "approvals.json").exists()
    assert {each["code"] for each in found["obstacles"] if each["stops"]} == {
        "missing_field",
        "bulk_import_off_or_role",
    }
    assert {each["key"] for each in found["fields"] if each["sent"]} == {
        "city",
        "state",
        "lifetime_value",
        "tier",
    }
    assert [each["name"] for each in found["rights"]] == ["role", "bulk import"]
    assert found["limits"] == [{"name": "requests a minute", "first": "100000", "second": "400"}]
    assert found["plan"]["warnings"] == {"invalid_option": 20}
    assert team.users() == {}

    diff = team.zdpipe("fields", "diff", "sandbox", "production")
    assert diff.code == 1
    assert "tier" in diff.out
    assert "option gold: gold in sandbox, – in production" in diff.out


def test_a_stopped_run_of_an_approved_text_goes_on_without_a_yes(make_team: MakeTeam) -> None:
    team = make_team()
    ok(team.zdpipe(*PROMOTE))
    answer = {"status": 401, "body": {"error": "Couldn't authenticate you"}}
    url = f"{team.url}/simulator/faults"
    httpx.post(url, json={"faults": [{"on": "write", "times": None, "answer": answer}]}).raise_for_status()
    assert team.zdpipe(*RUN).code == 4
    httpx.post(url, json={"faults": []}).raise_for_status()
    ok(team.zdpipe("resume"))
    assert len(team.users()) == 20
    assert API_TOKEN not in (team.folder / "approvals.json").read_text()


def test_a_rollback_is_no_query_and_is_asked_about_as_ever(make_team: MakeTeam) -> None:
    team = make_team()
    ok(team.zdpipe(*PROMOTE))
    run = ok(team.zdpipe(*RUN, "--remember", "--format", "json")).json["run_id"]
    team.many_customers(20, city="Rome")
    changed = ok(team.zdpipe(*RUN, "--remember", "--allow", "updated", "--format", "json")).json["run_id"]
    assert changed != run
    assert team.refused("rollback", changed)["code"] == "confirmation"
    ok(team.zdpipe("rollback", changed, "--yes"))
    assert {user["user_fields"]["city"] for user in team.users().values()} == {"Oslo"}


def refused_in(night: Ended) -> list[str | None]:
    """Return the code of each query's error, in order."""
    return [(each.get("error") or {}).get("code") for each in night.json["queries"]]


def test_a_query_that_changed_before_the_night_is_told_promoted_and_the_night_gone_on_with(
    make_team: MakeTeam,
) -> None:
    team = make_team()
    team.write("queries/more.sql", EVERYTHING)
    for query in ("queries/users.sql", "queries/more.sql"):
        ok(team.zdpipe("promote", query, *PROMOTE[2:]))
    with receiving() as ops:
        team.environment["OPS"] = ops.address
        with (team.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
            file.write(f'{NIGHTLY}\n[alerts]\nchannels = {{ ops = "env:OPS" }}\n')
        ok(team.zdpipe(*NIGHT))  # nobody has to say yes to what was approved
        assert (len(team.users()), ops.messages) == (20, [])

        team.write("queries/users.sql", f"{EVERYTHING}-- a remark\n")
        night = team.zdpipe(*NIGHT, "--yes", "--format", "json")
        assert (night.code, refused_in(night)) == (2, ["not_approved", None])
        assert night.json["runs"] == []
        assert [title.partition(" failed: ")[0] for title in ops.titles] == [
            "zdpipe: queries/users.sql → production",
            "zdpipe: orchestration nightly → production",
        ]
        first, second = ops.messages
        assert f"zdpipe {' '.join(PROMOTE)}" in first["message"]
        assert "1 of 2 queries was not begun: queries/more.sql." in second["message"]

        ok(team.zdpipe(*PROMOTE))
        done = ok(team.zdpipe(*NIGHT, "--resume", "--format", "json"))
        assert [each["outcome"] for each in done.json["queries"]] == ["succeeded", "succeeded"]
        assert [title.rpartition(" → ")[2] for title in ops.titles[2:]] == ["production is fine again"] * 2


def test_an_action_on_a_night_s_run_needs_the_approval_of_the_text_of_now(make_team: MakeTeam) -> None:
    team = make_team()
    with (team.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(NIGHTLY.replace(', "queries/more.sql"', ""))
    ok(team.zdpipe(*PROMOTE))
    ok(team.zdpipe(*NIGHT))
    team.many_customers(20, city="Rome")
    assert team.zdpipe(*NIGHT).code == 1  # everybody would change
    team.write("queries/users.sql", f"{EVERYTHING}-- a remark\n")
    act = ("runs", "act", "--action", "allow", "--format", "json")
    refused = team.zdpipe(*act, "--yes")
    assert (refused.code, refused_in(refused)) == (2, ["not_approved"])
    ok(team.zdpipe(*PROMOTE, "--allow", "updated"))
    done = ok(team.zdpipe(*act))
    assert done.json["outcome"] == "succeeded"
    assert {user["user_fields"]["city"] for user in team.users().values()} == {"Rome"}


def test_an_action_on_a_run_that_was_turned_away_does_too(make_team: MakeTeam) -> None:
    team = make_team()
    ok(team.zdpipe(*PROMOTE))
    assert team.zdpipe(*RUN, env={"ZENDESK_API_TOKEN": "not-any-more"}).code == 2
    team.write("queries/users.sql", f"{EVERYTHING}-- a remark\n")
    act = ("runs", "act", "--action", "again")
    error = team.refused(*act, "--yes")
    assert error["code"] == "not_approved"
    assert error["hint"].endswith(f"zdpipe {' '.join(PROMOTE)}")
    assert team.users() == {}
    ok(team.zdpipe(*PROMOTE))
    ok(team.zdpipe(*act))
    assert len(team.users()) == 20
