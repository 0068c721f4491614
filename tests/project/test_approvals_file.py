"""approvals.json is for reviews: one text for the same approvals, and nothing half understood."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from zdpipe.errors import ProjectError
from zdpipe.model.approval import Approval, QueryPrint
from zdpipe.project.approvals_file import add_approval, approvals_path, read_approvals

APPROVAL = Approval(
    query="queries/users.sql",
    destination="production",
    account="acme.zendesk.com",
    source="sandbox",
    made_of=QueryPrint("a1", {"attribute_tables/käufer.sql": "b2"}, "c3"),
    by="jane",
    at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)


def test_a_project_without_the_file_has_no_approvals(tmp_path: Path) -> None:
    assert read_approvals(tmp_path) == ()


def test_what_was_written_is_read_back_in_a_reviewable_text(
    tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    other = replace(APPROVAL, query="queries/a.sql", by="joe")
    add_approval(tmp_path, APPROVAL)
    add_approval(tmp_path, other)
    assert read_approvals(tmp_path) == (other, APPROVAL)
    assert approvals_path(tmp_path).read_text(encoding="utf-8") == snapshot
    assert [path.name for path in tmp_path.iterdir()] == ["approvals.json"]


@pytest.mark.parametrize("change", [{"account": "acme2.zendesk.com"}, {"destination": "live"}, {"by": "joe"}])
def test_a_query_has_one_for_a_destination_and_an_account(tmp_path: Path, change: dict[str, str]) -> None:
    again = replace(APPROVAL, **change)
    add_approval(tmp_path, APPROVAL)
    add_approval(tmp_path, again)
    assert read_approvals(tmp_path) == (again,)


def test_other_accounts_keep_theirs(tmp_path: Path) -> None:
    elsewhere = replace(APPROVAL, destination="other", account="other.zendesk.com")
    add_approval(tmp_path, APPROVAL)
    add_approval(tmp_path, elsewhere)
    assert read_approvals(tmp_path) == (elsewhere, APPROVAL)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 2, "approvals": []}',
        '{"format": 1}',
        '{"format": 1, "approvals": [{}]}',
        "[" * 9_999,
    ],
)
def test_what_cannot_be_understood_is_an_error_and_no_absence(tmp_path: Path, text: str) -> None:
    approvals_path(tmp_path).write_text(text)
    with pytest.raises(ProjectError) as caught:
        read_approvals(tmp_path)
    assert caught.value.code == "approvals_damaged"
    with pytest.raises(ProjectError):
        add_approval(tmp_path, APPROVAL)


@pytest.mark.parametrize("key", sorted(APPROVAL.as_json()))
def test_neither_is_a_value_of_another_type(tmp_path: Path, key: str) -> None:
    content = {"format": 1, "approvals": [APPROVAL.as_json() | {key: 7}]}
    approvals_path(tmp_path).write_text(json.dumps(content))
    with pytest.raises(ProjectError):
        read_approvals(tmp_path)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        add_approval(tmp_path / "nowhere", APPROVAL)
    assert "cannot be written" in caught.value.message
