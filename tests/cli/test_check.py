from __future__ import annotations

from syrupy.assertion import SnapshotAssertion

from tests.reports.build import render
from zdpipe.cli.check import check_document, check_text
from zdpipe.pipeline.check import Answer, Check, CheckReport

REFUSED = CheckReport(
    "production",
    "acme.zendesk.com",
    (
        Check("credentials", Answer.WARNING, "found. API tokens end."),
        Check("reachable", Answer.FINE, "acme.zendesk.com"),
        Check(
            "identity",
            Answer.REFUSED,
            "acme.zendesk.com does not accept the credentials (401).",
            "Check the token.",
            "unauthorized",
        ),
        Check("user fields", Answer.SKIPPED, "not asked"),
    ),
)


def test_a_refusal_shows_its_cure(snapshot: SnapshotAssertion) -> None:
    assert render(check_text(REFUSED), 60) == snapshot


def test_only_a_refusal_carries_an_error() -> None:
    refused = check_document(REFUSED)
    fine = check_document(CheckReport("simulator", "simulator", REFUSED.checks[:1]))
    assert refused["error"] == {
        "code": "unauthorized",
        "message": "acme.zendesk.com does not accept the credentials (401).",
        "hint": "Check the token.",
    }
    assert (refused["ok"], fine["ok"], "error" in fine) == (False, True, False)
    assert [one["ok"] for one in refused["checks"]] == [True, True, False, None]
