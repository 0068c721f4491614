from __future__ import annotations

from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import PLAN, UNAPPROVED, render
from zdpipe.reports.plan_text import plan_text


@pytest.mark.parametrize("width", [100, 50])
def test_a_plan(width: int, snapshot: SnapshotAssertion) -> None:
    assert render(plan_text(PLAN), width) == snapshot


def test_an_approval_that_is_missing_is_said_with_the_command_in_one_line() -> None:
    said = render(plan_text(replace(PLAN, unapproved=UNAPPROVED)), 50)
    assert "A run would be refused: the query is not approved" in said
    assert f"  {UNAPPROVED.command}\n" in said
    assert "not approved" not in render(plan_text(PLAN), 50)


def test_examples_are_masked_unless_asked_otherwise() -> None:
    masked, open_ = render(plan_text(PLAN), 100), render(plan_text(PLAN, show_pii=True), 100)
    for secret in ("Jane Doe", "2065550134", "jane@example.com", "0b1c2d3e", "ann@example.com", "k-4715"):
        assert secret not in masked
        assert secret in open_
