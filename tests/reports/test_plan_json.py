from __future__ import annotations

import json

from syrupy.assertion import SnapshotAssertion

from tests.reports.build import PLAN
from zdpipe.reports.plan_json import plan_json


def test_the_promised_shape_masked(snapshot: SnapshotAssertion) -> None:
    assert json.dumps(plan_json(PLAN), indent=2, ensure_ascii=False) == snapshot


def test_values_are_as_sent_when_asked() -> None:
    examples = plan_json(PLAN, show_pii=True)["examples"]
    assert isinstance(examples, list)
    assert examples[1]["before"] == PLAN.examples[1].before
