from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import PLAN, render
from zdpipe.reports.plan_text import plan_text


@pytest.mark.parametrize("width", [100, 50])
def test_a_plan(width: int, snapshot: SnapshotAssertion) -> None:
    assert render(plan_text(PLAN), width) == snapshot


def test_examples_are_masked_unless_asked_otherwise() -> None:
    masked, open_ = render(plan_text(PLAN), 100), render(plan_text(PLAN, show_pii=True), 100)
    for secret in ("Jane Doe", "2065550134", "jane@example.com", "0b1c2d3e", "ann@example.com", "k-4715"):
        assert secret not in masked
        assert secret in open_
