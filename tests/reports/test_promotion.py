from __future__ import annotations

import inspect
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from syrupy.assertion import SnapshotAssertion

from tests.reports.build import DONE, PLAN, render
from tests.reports.test_differences import DIFFERENCES
from zdpipe.model.account_facts import AccountFacts, Difference, Refusal
from zdpipe.model.approval import Approval, QueryPrint
from zdpipe.model.finding import Finding, Severity, Span
from zdpipe.model.promotion import Obstacle, Promotion
from zdpipe.model.run import Outcome, Stop
from zdpipe.pipeline import obstacles
from zdpipe.reports.promotion import approval_text, promotion_json, promotion_text
from zdpipe.reports.run_json import run_json

SANDBOX = AccountFacts("sandbox", "acme-sandbox.zendesk.com", {}, "API token", "admin", None, 100, 700)
PRODUCTION = AccountFacts(
    "production",
    "acme.zendesk.com",
    {},
    "OAuth client",
    "agent",
    Refusal("bulk_import_off", "Off.", "Ask."),
    50,
    None,
)
MADE_OF = QueryPrint("a1", {}, "c3")
FINDING = Finding(
    "ZD701", "missing-custom-field", Severity.WARNING, "No field.", "queries/u.sql", Span(3, 5, 3, 9)
)
LOOK = Promotion(
    query="queries/u.sql",
    made_of=MADE_OF,
    source=SANDBOX,
    target=PRODUCTION,
    sent=frozenset({"tier"}),
    fields=DIFFERENCES,
    rights=(Difference("role", "admin", "agent"),),
    limits=(Difference("requests a minute", "700", None),),
    findings=(FINDING,),
    plan=PLAN,
    tried=DONE,
    unapproved=("queries/a.sql", "queries/b.sql"),
    demanded=True,
    obstacles=(
        Obstacle("bulk_import_off", "Off.", "Ask."),
        Obstacle("not_tried", "Never run.", "Run it.", stops=False),
    ),
)
APPROVAL = Approval(
    "queries/u.sql",
    "production",
    "acme.zendesk.com",
    "sandbox",
    MADE_OF,
    "jane",
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)
FREE = replace(LOOK, obstacles=LOOK.obstacles[1:])
APPROVED = replace(FREE, approval=APPROVAL, before=replace(APPROVAL, by="joe"))


def test_what_differs_and_what_would_fail_is_told_in_order(snapshot: SnapshotAssertion) -> None:
    assert render(promotion_text(LOOK), 100) == snapshot


def test_alike_accounts_are_said_to_be_so() -> None:
    alike = replace(LOOK, fields=(), rights=(), limits=(), findings=(), plan=None, obstacles=())
    text = render(promotion_text(alike), 100)
    assert "The accounts have the same custom fields, rights and limits." in text
    assert "What" not in text


def test_what_came_of_it_is_told_last(snapshot: SnapshotAssertion) -> None:
    unprotected = replace(APPROVED, demanded=False, before=None)
    outcomes = [
        render(approval_text(LOOK), 100),
        render(approval_text(FREE, dry_run=True), 100),
        render(approval_text(APPROVED), 100),
        render(approval_text(unprotected), 100),
    ]
    assert outcomes == snapshot


def test_the_json_has_both_accounts_and_the_approval(snapshot: SnapshotAssertion) -> None:
    document = promotion_json(replace(APPROVED, plan=None, tried=None))
    assert document == snapshot
    assert promotion_json(LOOK)["plan"]


def test_the_trial_is_told_as_runs_show_tells_it() -> None:
    stop = Stop("query", "Could not convert 'jane@example.com' to DATE", "Use TRY_CAST.", 2)
    tried = replace(DONE, outcome=Outcome.FAILED, stop=stop)
    document = promotion_json(replace(LOOK, plan=None, tried=tried))
    assert document["tried"] == run_json(tried)
    assert "jane@example.com" not in str(document)


def test_every_code_and_key_has_its_place_in_the_documents() -> None:
    document = (Path(__file__).parents[2] / "docs" / "promotion.md").read_text(encoding="utf-8")
    codes = re.findall(r'Obstacle\(\s*"(\w+)"', inspect.getsource(obstacles))
    assert len(codes) == 7
    for word in [*codes, *promotion_json(LOOK)]:
        assert f"`{word}`" in document, word
