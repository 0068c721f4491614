"""Every known trouble with Zendesk in docs/operations.md has a test that shows what is done about it."""

from __future__ import annotations

import re

import pytest

from tests.test_docs import OPERATIONS, ROOT

TESTS = {
    "403 on the first bulk call, with good credentials": (
        "pipeline/test_check.py",
        "test_the_three_forbidden_are_told_apart",
    ),
    "the sync succeeded, and users are missing": (
        "delivery/test_courier.py",
        "test_everybody_arrives_and_is_counted",
    ),
    "good rows logged as errors": (
        "zendesk/test_wire.py",
        "test_every_recorded_shape_of_a_result_is_read",
    ),
    "failed rows cannot be traced": (
        "delivery/test_courier.py",
        "test_people_zendesk_refuses_fail_alone_with_its_words",
    ),
    "a changed email never shows": (
        "pipeline/test_known_troubles.py",
        "test_a_changed_address_is_added_once_and_remembered",
    ),
    '"is already being used by another user"': (
        "pipeline/test_sending.py",
        "test_refused_people_make_a_run_partial_and_their_reasons_are_counted",
    ),
    "a new user fails because of its name": (
        "records/test_normalize.py",
        "test_one_reason_a_row_and_the_missing_name_counts_first",
    ),
    "job data is gone": (
        "delivery/test_courier.py",
        "test_a_job_zendesk_forgot_is_settled_by_reading_the_users",
    ),
    "TooManyJobs": (
        "delivery/test_courier.py",
        "test_full_slots_are_waited_for_as_long_as_it_takes_in_short_steps",
    ),
    "polling without end": (
        "delivery/test_courier.py",
        "test_a_job_in_an_unheard_of_state_is_waited_for_then_looked_behind",
    ),
    "a crash on a plain-text 429": (
        "pipeline/test_known_troubles.py",
        "test_a_429_that_is_no_json_is_waited_out",
    ),
    'credentials "verified" and wrong': (
        "pipeline/test_account.py",
        "test_who_may_not_manage_users_is_told_why",
    ),
    "a token whose every call is 403": (
        "pipeline/test_oauth.py",
        "test_another_scope_than_the_one_asked_for_is_told_before_anything_is_planned",
    ),
    "the sync breaks after a quiet month": (
        "pipeline/test_refused.py",
        "test_every_refusal_has_its_cause_and_its_cure",
    ),
    "tags lost or multiplied": (
        "lint/test_rules.py",
        "test_a_guarded_field_needs_the_projects_word_and_takes_no_comment",
    ),
    "memberships lost": (
        "lint/test_rules.py",
        "test_a_guarded_field_needs_the_projects_word_and_takes_no_comment",
    ),
    "customers get mail": (
        "pipeline/test_known_troubles.py",
        "test_nobody_gets_mail_and_only_the_bulk_endpoint_is_written_to",
    ),
    "needless writes": (
        "pipeline/test_run.py",
        "test_everybody_is_created_once_and_the_second_run_writes_nothing",
    ),
    "`ABC1` and `abc1` are one user": (
        "pipeline/test_known_troubles.py",
        "test_the_case_of_an_external_id_makes_nobody_new",
    ),
    "a result names another email": (
        "pipeline/test_known_troubles.py",
        "test_results_that_name_another_address_are_believed",
    ),
    "a wall of one user a second": (
        "pipeline/test_known_troubles.py",
        "test_nobody_gets_mail_and_only_the_bulk_endpoint_is_written_to",
    ),
    "an agent is changed by a customer sync": (
        "lint/test_rules.py",
        "test_a_guarded_field_needs_the_projects_word_and_takes_no_comment",
    ),
    "409 Database collision": (
        "delivery/test_courier.py",
        "test_one_mishap_loses_nobody_and_doubles_nobody",
    ),
    "400 from a wrong body": (
        "pipeline/test_known_troubles.py",
        "test_requests_are_what_the_api_asks_for",
    ),
    "empty results from a client library": (
        "delivery/test_courier.py",
        "test_a_completed_job_without_results_is_settled_by_reading",
    ),
    "bulk updates stop at the limit, silently": (
        "delivery/test_courier.py",
        "test_what_outlasts_all_patience_is_raised_and_nothing_is_lost",
    ),
}


def test_every_row_of_the_table_has_its_test() -> None:
    table = OPERATIONS.partition("| what people meet |")[2]
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", table, re.MULTILINE)
    assert [row for row in rows if row.strip("- ")] == list(TESTS)
    assert len(TESTS) == 26


@pytest.mark.parametrize(("path", "name"), sorted(set(TESTS.values())))
def test_the_test_is_there(path: str, name: str) -> None:
    assert f"def {name}(" in (ROOT / "tests" / path).read_text(encoding="utf-8")
