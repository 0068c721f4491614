from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from syrupy.assertion import SnapshotAssertion

from tests.reports.build import render
from zdpipe.model.alert import Delivery, Kind, Known, Sent, State, Subject, Told
from zdpipe.reports.alerts_table import alerts_json, alerts_table, told_json, told_table

NOW = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
SUBJECT = Subject("queries/a.sql", "production")
KNOWN = Known(
    (
        ("ops", SUBJECT, State(Kind.FAILURE, "unauthorized", NOW, "r1", is_told=True)),
        ("mail", SUBJECT, State(Kind.SLOW, Kind.SLOW, NOW, "r1", is_over=True, tries=2)),
    ),
    (
        Sent(NOW, "ops", SUBJECT, None, ("failure",), Delivery.SENT, ""),
        Sent(NOW, "mail", SUBJECT, "r1", ("failure", "slow"), Delivery.REFUSED, "the service answered 503"),
    ),
)
TOLD = [
    Told("ops", Delivery.SENT),
    Told("mail", Delivery.REFUSED, "the service answered 401", "Look at the service."),
]


def test_what_is_wrong_and_what_was_sent(snapshot: SnapshotAssertion) -> None:
    assert render(alerts_table(KNOWN), 100) == snapshot
    assert render(alerts_table(Known(messages=KNOWN.messages)), 100).splitlines()[1] == "  nothing"
    assert render(alerts_table(Known()), 100) == "No alert was sent yet."


def test_the_same_for_programs(snapshot: SnapshotAssertion) -> None:
    assert json.dumps(alerts_json(KNOWN), indent=2) == snapshot


def test_a_test_says_each_channel_s_outcome(snapshot: SnapshotAssertion) -> None:
    assert render(told_table(TOLD), 100) == snapshot
    document: dict[str, Any] = told_json(TOLD)
    assert [each["ok"] for each in document["channels"]] == [True, False]
