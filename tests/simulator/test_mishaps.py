from __future__ import annotations

import json

import pytest

from zdpipe.simulator.messages import Way

from .world import MANY, basic, document

ANN = {"name": "Ann", "external_id": "A", "email": "ann@example.com", "user_fields": {"city": "Ulm"}}


def write(world, *users):
    return world.ask("POST", MANY, {"users": list(users or (ANN,))})


@pytest.mark.parametrize(("when", "jobs"), [("before", 0), ("after", 1)])
def test_an_answer_is_given_in_place_of_a_write_or_after_it(world, when, jobs):
    world.zendesk.script([{"answer": {"status": 503, "when": when}}])
    assert write(world).status == 503
    assert world.stats()["jobs"] == jobs
    assert world.stats()["users_received"] == jobs
    world.clock.turn(1)
    assert (world.user("A") is not None) is (when == "after")


@pytest.mark.parametrize(
    ("answer", "kind", "body"),
    [
        ({"body": {"a": [1]}}, "application/json", b'{"a":[1]}'),
        ({"body": None}, "application/json", b"null"),
        ({"body": "sorry"}, "text/plain", b"sorry"),
        ({"body": "<p>sorry"}, "text/html", b"<p>sorry"),
        ({"body": "<p>", "headers": {"content-type": "application/json"}}, "application/json", b"<p>"),
    ],
)
def test_a_body_has_the_type_it_looks_like(world, answer, kind, body):
    world.zendesk.script([{"answer": {"status": 500, **answer}}])
    response = write(world)
    headers = {name.lower(): value for name, value in response.headers.items()}
    assert headers["content-type"].startswith(kind)
    assert response.body == body


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, "Couldn't authenticate you"),
        (404, "RecordNotFound"),
        (409, "DatabaseConflict"),
        (422, "RecordInvalid"),
    ],
)
def test_usual_bodies_are_those_recorded(world, status, error):
    world.zendesk.script([{"answer": {"status": status}}])
    assert document(write(world))["error"] == error


def test_a_429_is_plain_text_with_a_second_to_wait_unless_told_otherwise(world):
    faults = [{"status": 429}, {"status": 429, "retry_after": None}, {"status": 429, "retry_after": "93"}]
    world.zendesk.script([{"answer": answer} for answer in faults])
    answers = [write(world) for _ in faults]
    assert [answer.headers.get("Retry-After") for answer in answers] == ["1", None, "93"]
    assert answers[0].body.startswith(b"Rate limit")
    assert world.stats()["refused"] == 3


def test_other_statuses_ask_for_no_wait_unless_told(world):
    date = "Sun, 22 Nov 2026 12:00:30 GMT"
    world.zendesk.script([{"answer": {"status": 503}}, {"answer": {"status": 503, "retry_after": date}}])
    assert [write(world).headers.get("Retry-After") for _ in range(2)] == [None, date]


def test_headers_replace_others_in_any_case_and_null_leaves_them_out(world):
    headers = {"DATE": "never", "X-Rate-Limit": None, "X-Own": "1"}
    world.zendesk.script([{"answer": {"status": 503, "headers": headers}}])
    given = write(world).headers
    assert given["DATE"] == "never"
    assert "Date" not in given
    assert "X-Rate-Limit" not in given
    assert (given["X-Own"], "ratelimit-limit" in given) == ("1", True)


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(world, status):
    world.zendesk.script([{"answer": {"status": status}}])
    assert write(world).body == b""


def test_a_page_stands_for_servers_before_zendesk(world):
    world.zendesk.script([{"answer": {"status": 520}}, {"answer": {"status": 502}}])
    assert b"<h1>520</h1>" in write(world).body
    assert b"<h1>502 Bad Gateway</h1>" in write(world).body


@pytest.mark.parametrize(("when", "jobs"), [("before", 0), ("after", 1)])
def test_a_reset_comes_before_or_after_the_work(world, when, jobs):
    world.zendesk.script([{"reset": when}])
    assert write(world).way.reset is True
    assert world.stats()["jobs"] == jobs
    assert write(world).way == Way()


def test_slow_and_cut_answers_are_whole_and_take_their_way(world):
    world.zendesk.script([{"slow": 2.5}, {"cut": 10}])
    slow, cut = write(world), write(world)
    assert (slow.way.seconds, slow.way.cut, cut.way.cut) == (2.5, None, 10)
    assert len(document(cut)["job_status"]["id"]) == 35
    assert world.stats()["jobs"] == 2


def test_tenants_hold_slots_for_their_time(world):
    world.zendesk.script([{"tenants": {"jobs": 29, "seconds": 20}}])
    assert write(world).headers["zendesk-ratelimit-inflight-jobs"].startswith("total=30; remaining=0")
    refused = write(world)
    assert (refused.status, document(refused)["error"]) == (429, "TooManyJobs")
    assert len(set(document(refused)["current_job_ids"])) == 30
    world.clock.turn(19.9)
    assert "remaining=0" in write(world).headers["zendesk-ratelimit-inflight-jobs"]
    world.clock.turn(0.1)
    assert "remaining=28" in write(world).headers["zendesk-ratelimit-inflight-jobs"]


def test_tenants_who_hold_all_slots_refuse_the_very_write_they_come_with(world):
    world.zendesk.script([{"tenants": {"jobs": 30, "seconds": 20}}])
    assert write(world).status == 429
    world.clock.turn(20)
    assert write(world).status == 200


def test_a_write_that_holds_a_certain_user_is_refused_whole(world):
    fault = {"refuse": {"where": {"email": "ann@", "user_fields.city": "^Ulm$"}, "status": 400, "body": "no"}}
    world.zendesk.script([fault])
    bea = {**ANN, "external_id": "B", "email": "bea@example.com"}
    assert write(world, bea).status == 200
    for _ in range(2):
        refused = write(world, bea, ANN)
        assert (refused.status, refused.body) == (400, b"no")
    assert write(world, {**ANN, "user_fields": {"city": "Bonn"}}).status == 200
    assert world.get("/simulator/faults")["faults"][0]["seen"] == 2
    assert (world.stats()["jobs"], world.stats()["users_refused"]) == (2, 4)


def test_the_usual_refusal_is_a_422_and_meets_single_writes_where_asked(world):
    world.zendesk.script([{"on": "single", "refuse": {"where": {"name": "Ann"}}}])
    refused = world.ask("POST", "users/create_or_update", {"user": ANN})
    assert (refused.status, document(refused)["error"]) == (422, "RecordInvalid")
    assert world.user("A") is None


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"users": 7}', b'{"users": [7, null]}', b'{"user": []}'])
def test_what_holds_no_users_matches_none(world, body):
    world.zendesk.script([{"refuse": {"where": {"name": "."}, "status": 413}}])
    assert world.ask("POST", MANY, body).status != 413
    assert world.get("/simulator/faults")["faults"][0]["seen"] == 0


def test_faults_come_before_credentials_are_looked_at(world):
    world.zendesk.script([{"on": "me", "answer": {"status": 502}}])
    assert world.ask("GET", "users/me", headers=basic("a@example.com/token", "no")).status == 502
    assert world.ask("GET", "users/me", headers=basic("a@example.com/token", "no")).status == 401


def test_a_lost_answer_still_counts_against_the_limits(world):
    world.zendesk.script([{"answer": {"status": 503, "when": "after"}}])
    assert write(world, *[{"name": str(n)} for n in range(100)]).status == 503
    assert write(world).status == 429


def test_bodies_keep_characters_beyond_ascii(world):
    world.zendesk.script([{"answer": {"status": 500, "body": {"a": "Zoë"}}}])
    assert json.loads(write(world).body) == {"a": "Zoë"}
