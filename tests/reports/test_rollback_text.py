from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import DONE, render
from zdpipe.model.rollback import LeftAlone, NotRestorable, RollbackPlan, RolledBack
from zdpipe.reports.rollback_text import left_files, rollback_json, rollback_text

EVERYTHING = RollbackPlan(
    run_id="20260101-000000-aaaa",
    query="queries/users.sql",
    destination="production",
    people=1200,
    fields={"name": 1000, "user_fields.city": 800},
    identities=12,
    suspended=30,
    left=dict.fromkeys(NotRestorable, 1),
    examples=(
        LeftAlone("id-1", None, NotRestorable.CREATED),
        LeftAlone("jane.doe@example.com", "phone", NotRestorable.CHANGED_BY_OTHERS),
    ),
    requests=15,
)
NOTHING = RollbackPlan(
    "20260101-000000-aaaa", "queries/users.sql", "simulator", left={NotRestorable.NOT_READ: 7}
)


@pytest.mark.parametrize("plan", [EVERYTHING, NOTHING], ids=["everything", "nothing"])
def test_what_is_said(plan: RollbackPlan, snapshot: SnapshotAssertion) -> None:
    assert render(rollback_text(plan, sends=plan is EVERYTHING), 110) == snapshot


def test_the_document(snapshot: SnapshotAssertion) -> None:
    assert rollback_json(RolledBack(EVERYTHING, DONE, ("a.csv",))) == snapshot
    assert rollback_json(RolledBack(NOTHING))["run"] is None


def test_keys_are_masked_unless_asked_otherwise() -> None:
    for show_pii in (False, True):
        text = render(rollback_text(EVERYTHING, sends=True, show_pii=show_pii), 110)
        document = str(rollback_json(RolledBack(EVERYTHING), show_pii=show_pii))
        for key in ("id-1", "jane.doe@example.com"):
            assert (key in text) is (key in document) is show_pii


def test_who_has_nothing_to_take_back_is_told_so() -> None:
    assert "would change nothing" in render(rollback_text(NOTHING, sends=False), 110)


def test_the_files_are_named() -> None:
    assert "a.csv" in render(left_files(["a.csv"]), 80)
