from __future__ import annotations

from syrupy.assertion import SnapshotAssertion

from tests.reports.build import render
from zdpipe.cli.check import check_document, check_text
from zdpipe.pipeline.check import Check, CheckReport

REFUSED = CheckReport(
    "production",
    "acme.zendesk.com",
    (
        Check("credentials", True, "found"),
        Check(
            "identity", False, "acme.zendesk.com does not accept the credentials (401).", "Check the token."
        ),
    ),
)


def test_a_refusal_shows_its_cure(snapshot: SnapshotAssertion) -> None:
    assert render(check_text(REFUSED), 60) == snapshot


def test_only_a_refusal_carries_an_error() -> None:
    refused = check_document(REFUSED)
    fine = check_document(CheckReport("simulator", "simulator", REFUSED.checks[:1]))
    assert refused["error"] == {
        "code": "refused",
        "message": "acme.zendesk.com does not accept the credentials (401).",
        "hint": "Check the token.",
    }
    assert (refused["ok"], fine["ok"], "error" in fine) == (False, True, False)
