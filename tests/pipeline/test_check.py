from __future__ import annotations

import ssl
from dataclasses import replace

import httpx
import pytest

from tests.delivery.unruly import Handle, Trouble, answering, lose_answer, refuse_connection
from tests.pipeline.world import QUERY, SQL, URL, World
from zdpipe.pipeline.check import NAMES, Check, check_destination

OAUTH = f"""
[destinations.there]
base_url = "{URL}"
client_id = "env:ID"
client_secret = "env:SECRET"
[defaults]
destination = "there"
"""
MISSING = "Forbidden: You are missing the following required scopes: write"


def checked(world: World) -> dict[str, Check]:
    report = check_destination(world.bench)
    assert tuple(check.name for check in report.checks) == NAMES
    refused = [check for check in report.checks if check.answer == "refused"]
    assert report.ok is not bool(refused)
    assert all(check.hint and check.code for check in refused)
    return {check.name: check for check in report.checks}


def answers(world: World) -> str:
    """The first letters of all answers: f(ine), w(arning), r(efused), s(kipped)."""
    return "".join(check.answer[0] for check in checked(world).values())


def untrusted(request: httpx.Request, handle: Handle) -> httpx.Response:
    try:
        raise ssl.SSLCertVerificationError("self-signed certificate")
    except ssl.SSLError as error:
        raise httpx.ConnectError("self-signed certificate", request=request) from error


def test_a_usable_destination_passes_every_question_and_nothing_is_written(world: World) -> None:
    assert answers(world) == "ffssffff"
    assert world.stats["users_received"] == 0
    assert world.stats["jobs"] == 0


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (refuse_connection, "frssssss"),
        (untrusted, "ffrsssss"),
        (lose_answer, "frssssss"),
        (answering(503), "ffssrsss"),
        (answering(401), "ffssrsss"),
        (answering(200, {"user": {"id": None, "role": "end-user"}}), "ffssrsss"),
        (answering(200, {"user": {"id": 3, "role": "end-user"}}), "ffssrsss"),
    ],
)
def test_the_first_answer_tells_how_far_one_gets(world: World, trouble: Trouble, expected: str) -> None:
    world.network.on_read = {1: trouble}
    assert answers(world) == expected
    assert world.clock.elapsed < 1


def test_a_missing_secret_is_the_first_refusal(world: World) -> None:
    del world.environment["EMAIL"]
    assert answers(world) == "rsssssss"


def test_user_fields_that_may_not_be_read_leave_the_other_questions(world: World) -> None:
    world.network.on_read = {2: answering(403, {"error": {"title": "Forbidden", "message": "no"}})}
    found = checked(world)
    assert answers(world) == "ffssffff"
    assert [found[name].answer for name in NAMES[-3:]] == ["refused", "fine", "skipped"]


@pytest.mark.parametrize(
    ("role", "answer", "code"),
    [
        ("admin", answering(403, {"error": {"title": "Forbidden", "message": "no"}}), "bulk_import_off"),
        (
            "agent",
            answering(403, {"error": {"title": "Forbidden", "message": "no"}}),
            "bulk_import_off_or_role",
        ),
        ("admin", answering(403, {"error": "Forbidden", "description": MISSING}), "scope"),
    ],
)
def test_the_three_forbidden_are_told_apart(world: World, role: str, answer: Trouble, code: str) -> None:
    world.network.on_read = {1: answering(200, {"user": {"id": 7, "role": role}})}
    world.network.on_write = {1: answer}
    assert checked(world)["bulk import"].code == code


def test_full_job_slots_mean_that_imports_are_let_in(world: World) -> None:
    world.network.on_write = {1: answering(429, {"error": "TooManyJobs"})}
    assert answers(world) == "ffssffff"


def test_custom_fields_that_the_account_lacks_are_named_with_their_place(world: World) -> None:
    world.write(QUERY, SQL.replace("user_fields.city", "user_fields.town"))
    check = checked(world)["custom fields"]
    assert (check.answer, check.code) == ("refused", "custom_fields")
    assert check.message.startswith("queries/users.sql:1:")
    assert "`town`" in check.message
    assert "zdpipe schema --to there" in check.hint


def test_many_missing_fields_are_counted(world: World) -> None:
    names = ", ".join(f'id AS "user_fields.x{n}"' for n in range(5))
    world.write(QUERY, f"SELECT id AS external_id, name AS name, {names} FROM Customer_360")
    assert checked(world)["custom fields"].message.endswith("And 2 more.")


def test_a_project_without_queries_names_no_fields(world: World) -> None:
    (world.folder / QUERY).unlink()
    assert answers(world) == "ffssffff"


def test_an_oauth_client_that_is_refused_stops_at_the_token(world: World) -> None:
    world.write("zdpipe.toml", OAUTH)
    world.environment.update(ID="zdpipe", SECRET="wrong")
    world.network.handle_request = lambda request: httpx.Response(401, json={"error": "invalid_client"})
    found = checked(world)
    assert [check.answer[0] for check in found.values()] == list("ffsrssss")
    assert found["access token"].code == "oauth_client"


def test_api_tokens_of_zendesk_itself_are_a_warning_with_the_date(world: World) -> None:
    world.destinations(url="https://acme.zendesk.com")
    found = checked(world)
    assert found["credentials"].answer == "warning"
    assert "2027-04-30" in found["credentials"].message
    assert found["TLS"].answer == "fine"


@pytest.mark.parametrize("status", [302, 402, 405, 410, 423, 451])
def test_odd_answers_do_not_mean_that_imports_are_let_in(world: World, status: int) -> None:
    world.network.on_write = {1: answering(status, "Account is suspended")}
    assert checked(world)["bulk import"].answer == "refused"


def test_an_admin_who_is_forbidden_something_is_not_told_to_become_one(world: World) -> None:
    world.network.on_read = {2: answering(403, {"error": {"title": "Forbidden", "message": "no"}})}
    assert checked(world)["user fields"].code == "forbidden"


def test_a_pause_that_zendesk_asked_for_is_told_and_not_waited_for(world: World) -> None:
    world.many(1)
    world.network.on_write = {1: answering(429, "slow down", retry_after="890")}
    world.interrupt(2)
    world.run()
    before = world.clock.elapsed
    found = checked(world)
    assert world.clock.elapsed - before < 1
    assert found["identity"].code == "limits"
    assert "890 seconds" in found["identity"].message or "889 seconds" in found["identity"].message


def test_the_smallest_plan_has_room_for_all_questions_in_time(world: World) -> None:
    zendesk = world.simulator.zendesk
    zendesk.settings = replace(zendesk.settings, requests_per_minute=10)
    assert answers(world) == "ffssffff"
    assert world.clock.elapsed <= 130
