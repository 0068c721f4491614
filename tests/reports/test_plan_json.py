from __future__ import annotations

import json
from dataclasses import replace

from syrupy.assertion import SnapshotAssertion

from tests.reports.build import PLAN, UNAPPROVED
from zdpipe.reports.plan_json import plan_json


def test_the_promised_shape_masked(snapshot: SnapshotAssertion) -> None:
    assert json.dumps(plan_json(PLAN), indent=2, ensure_ascii=False) == snapshot


def test_an_approval_that_is_missing_is_a_reason_and_a_command() -> None:
    assert plan_json(PLAN)["unapproved"] is None
    assert plan_json(replace(PLAN, unapproved=UNAPPROVED))["unapproved"] == {
        "reason": UNAPPROVED.reason,
        "command": UNAPPROVED.command,
    }


def test_values_are_as_sent_when_asked() -> None:
    examples = plan_json(PLAN, show_pii=True)["examples"]
    assert isinstance(examples, list)
    assert examples[1]["before"] == PLAN.examples[1].before
