from __future__ import annotations

from syrupy.assertion import SnapshotAssertion

from tests.reports.build import render
from zdpipe.model.account_facts import Difference, FieldDifference, FieldsDiff, Where
from zdpipe.reports.differences import fields_diff_json, fields_diff_text

DIFFERENCES = (
    FieldDifference("code", Where.SECOND),
    FieldDifference("old", Where.FIRST),
    FieldDifference(
        "tier",
        Where.BOTH,
        (Difference("type", "dropdown", "multiselect"), Difference("option \x1b[31mgold", "Gold", None)),
    ),
)
ACCOUNTS = (("sandbox", "production"), ("acme-sandbox.zendesk.com", "acme.zendesk.com"))
DIFF = FieldsDiff(*ACCOUNTS, DIFFERENCES)
EQUAL = FieldsDiff(*ACCOUNTS, ())


def test_each_fact_that_differs_has_a_line(snapshot: SnapshotAssertion) -> None:
    assert render(fields_diff_text(DIFF), 80) == snapshot


def test_equal_accounts_are_said_to_be_so() -> None:
    assert "Their custom fields are the same." in render(fields_diff_text(EQUAL), 80)


def test_the_json_names_both_sides(snapshot: SnapshotAssertion) -> None:
    assert fields_diff_json(DIFF) == snapshot
    assert fields_diff_json(EQUAL)["equal"] is True
