from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from zdpipe.model.batch import ItemResult, ItemStatus
from zdpipe.zendesk.wire import (
    Mispaired,
    failure_reason,
    read_job,
    read_me,
    read_refusals,
    read_results,
    read_users,
)

GOOD = {"id": 32149, "status": "Created", "email": "a@example.com", "external_id": "A"}

# Shapes recorded from bulk jobs of several kinds, and what they mean.
ITEMS = [
    (GOOD, ItemResult(0, ItemStatus.CREATED, 32149)),
    ({**GOOD, "status": "Updated"}, ItemResult(0, ItemStatus.UPDATED, 32149)),
    ({"id": 7, "status": "Created"}, ItemResult(0, ItemStatus.CREATED, 7)),
    (
        {"id": 7, "action": "update", "status": "Updated", "success": True},
        ItemResult(0, ItemStatus.UPDATED, 7),
    ),
    ({"id": 7, "status": "Updated", "error": None}, ItemResult(0, ItemStatus.UPDATED, 7)),
    # The id of a failed user is its position, no user's.
    (
        {
            "id": 0,
            "error": "UserUpdateError",
            "details": "Name: Email: x@y_ is not properly formatted",
            "status": "Failed",
        },
        ItemResult(
            0, ItemStatus.FAILED, None, "invalid_email", "Name: Email: x@y_ is not properly formatted"
        ),
    ),
    (
        {"index": 1, "id": 9, "error": "Failed", "details": "Name:  x has already been taken"},
        ItemResult(0, ItemStatus.FAILED, None, "other", "Name:  x has already been taken"),
    ),
    ({"id": 0, "status": "Failed"}, ItemResult(0, ItemStatus.FAILED, None, "other", "")),
    ({"id": 0, "success": False, "error": "why"}, ItemResult(0, ItemStatus.FAILED, None, "other", "why")),
    # Half of a pair, where words were cut in the middle of an emoji, is no character that could be stored.
    (
        {"id": 0, "status": "Failed", "details": "Name: cut \ud83d"},
        ItemResult(0, ItemStatus.FAILED, None, "other", "Name: cut ?"),
    ),
]


@pytest.mark.parametrize(("item", "expected"), ITEMS)
def test_every_recorded_shape_of_a_result_is_read(item: dict[str, Any], expected: ItemResult) -> None:
    assert read_results([item], ["A"]) == [expected]


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"id": 7},
        {"status": "Skipped", "id": 7},
        {"status": "Created"},
        {"status": "Created", "id": "abc"},
        {"status": "Updated", "id": 0},
        {"status": "Created", "id": 2**63},
        {"status": "Created", "id": "9" * 5000},
        {"index": 0, "errors": "Name is bad"},
    ],
)
def test_a_result_that_says_nothing_is_no_evidence(item: dict[str, Any]) -> None:
    with pytest.raises(Mispaired, match="position 0"):
        read_results([item], [None])


@pytest.mark.parametrize(
    ("status", "expected"), [("created", "created"), ("UPDATED", "updated"), ("failed", "failed")]
)
def test_the_case_of_a_status_does_not_matter(status: str, expected: str) -> None:
    (result,) = read_results([{"id": 7, "status": status}], [None])
    assert result.status == expected


def test_results_belong_to_the_users_in_the_order_sent() -> None:
    results = [{"id": 1, "error": "e", "details": "d"}, {"id": 55, "status": "Updated"}]
    assert [(r.position, r.status) for r in read_results(results, [None, None])] == [
        (0, ItemStatus.FAILED),
        (1, ItemStatus.UPDATED),
    ]


@pytest.mark.parametrize("sent", ["A", "a", None, " a "])
def test_an_echoed_external_id_agrees_in_any_case(sent: str | None) -> None:
    assert read_results([GOOD], [sent])[0].zendesk_id == 32149


def test_a_numeric_external_id_echoed_as_a_number_agrees() -> None:
    assert read_results([{**GOOD, "external_id": 12}], ["12"])[0].status is ItemStatus.CREATED


@pytest.mark.parametrize(
    ("results", "sent", "words"),
    [
        ([GOOD], ["B"], "position 0 belongs to another"),
        ([GOOD], ["A", "B"], "2 users were sent, 1 results"),
        ([], ["A"], "1 users were sent, 0 results"),
        ([{"status": "Created"}, {**GOOD, "external_id": "A"}], ["A", "B"], "position 1"),
        ([None], ["A"], "position 0 is no object"),
    ],
)
def test_results_that_belong_to_others_are_never_believed(
    results: list[Any], sent: list[str | None], words: str
) -> None:
    with pytest.raises(Mispaired, match=words):
        read_results(results, sent)


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ("Email: a@b.c is already being used by another user", "email_taken"),
        ("Name: Email: a@b.c has already been taken", "email_taken"),
        ("Email: bad is not properly formatted", "invalid_email"),
        ("Phone: 12 is not properly formatted", "invalid_phone"),
        ("Name: is too short (minimum is 1 characters)", "name_missing"),
        ("Name: cannot be blank", "name_missing"),
        ("User field: nope is unknown", "unknown_field"),
        ("Something new", "other"),
        ("", "other"),
    ],
)
def test_the_words_of_a_failure_become_a_reason(details: str, reason: str) -> None:
    assert failure_reason(details) == reason


@pytest.mark.parametrize(
    ("results", "expected"),
    [(None, None), ({}, None), ([], ()), ([GOOD], (GOOD,))],
)
def test_a_job_has_results_only_as_a_list(results: object, expected: object) -> None:
    job = read_job({"id": "V3-1", "status": "working", "results": results})
    assert (job.job_id, job.results, job.is_completed, job.is_dead) == ("V3-1", expected, False, False)


@pytest.mark.parametrize(
    ("status", "completed", "dead"),
    [
        ("queued", False, False),
        ("working", False, False),
        ("completed", True, False),
        ("failed", False, True),
        ("killed", False, True),
        ("unheard-of", False, False),
    ],
)
def test_the_states_of_jobs(status: str, completed: bool, dead: bool) -> None:
    job = read_job({"id": 1, "status": status, "total": None, "message": None})
    assert (job.is_completed, job.is_dead) == (completed, dead)


def test_a_user_is_read_with_the_time_of_its_birth() -> None:
    body = {"id": 1, "external_id": "A", "email": None, "created_at": "2026-11-22T12:00:00Z"}
    (user,) = read_users({"users": [body]})
    assert (user.user_id, user.created_at) == (1, datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    assert (user.emails, user.properties) == (frozenset(), body)


def test_a_birth_without_a_zone_is_utc() -> None:
    (user,) = read_users({"users": [{"id": 1, "created_at": "2026-11-22T12:00:00"}]})
    assert user.created_at == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_half_a_character_in_a_job_is_none() -> None:
    job = read_job({"id": "V3-\udc00", "status": "failed", "message": "cut \ud83d"})
    assert (job.job_id, job.message) == ("V3-?", "cut ?")


def test_a_user_has_the_addresses_read_with_it() -> None:
    born = "2026-11-22T12:00:00Z"
    users = [{"id": n, "email": f"{n}@x.y", "created_at": born} for n in (1, 2)]
    identities = [
        {"user_id": 2, "type": "email", "value": "Second@x.y"},
        {"user_id": 2, "type": "phone_number", "value": "+15550100"},
        {"user_id": 2, "type": "email", "value": "2@x.y"},
    ]
    first, second = read_users({"users": users, "identities": identities})
    assert first.emails == {"1@x.y"}
    assert second.emails == {"2@x.y", "second@x.y"}
    assert second.has_email(" SECOND@X.Y ")


def test_a_user_has_the_ids_of_its_addresses() -> None:
    identities = [
        {"id": 71, "user_id": 7, "type": "email", "value": "One@Example.com"},
        {"user_id": 7, "type": "email", "value": "two@example.com"},
        {"id": 73, "user_id": 7, "type": "phone_number", "value": "+15550100"},
    ]
    body = {"id": 7, "email": "one@example.com", "created_at": "2026-11-22T00:00:00Z"}
    (user,) = read_users({"users": [body], "identities": identities})
    assert user.email_ids == {"one@example.com": 71}
    assert user.phones == {"+15550100"}


def test_an_anonymous_caller_has_no_id() -> None:
    assert read_me({"user": {"id": None, "name": "Anonymous user", "role": "end-user"}}).user_id is None
    assert read_me({"user": {"id": 5, "role": "admin", "email": "x@y.z"}}).role == "admin"


CHANGED = {"id": 7, "action": "update", "status": "Updated", "success": True}
NOT_CHANGED = {"id": 1, "error": "UserUpdateError", "details": "Name: is too short", "status": "Failed"}


def test_refusals_are_told_by_their_place() -> None:
    assert read_refusals([CHANGED, NOT_CHANGED], [7, 8]) == {1: "Name: is too short"}


@pytest.mark.parametrize("results", [[CHANGED], [CHANGED, {"id": 9, "status": "Updated"}], [CHANGED, "x"]])
def test_results_of_other_users_are_none(results: Any) -> None:
    with pytest.raises(Mispaired):
        read_refusals(results, [7, 8])
