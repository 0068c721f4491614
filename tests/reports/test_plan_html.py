from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import PLAN, UNAPPROVED
from tests.reports.test_html import NASTY, read
from zdpipe.model.plan import Example, Forecast, PlanReport, Unapproved
from zdpipe.model.run import Counts
from zdpipe.reports.plan_html import plan_html

FULL = replace(
    PLAN,
    planned_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    updates={"name": 1, "user_fields.lifetime_value": 1},
    respelled=2,
    forecast=Forecast(1, 1, 61.0, requests_per_minute=700, job_seconds=2.5),
)


def body(page: str) -> str:
    return page.split("</style>")[1]


def test_the_page(snapshot: SnapshotAssertion) -> None:
    assert body(plan_html(FULL)).replace("><", ">\n<") == snapshot


def test_an_approval_that_is_missing_has_a_section_with_the_command() -> None:
    shown = read(plan_html(replace(FULL, unapproved=Unapproved(NASTY, UNAPPROVED.command))))
    assert "script" not in shown.tags
    for words in ("The query is not approved", f"{NASTY}.", UNAPPROVED.command):
        assert any(words in text for text in shown.texts)


def test_nothing_is_fetched_from_anywhere() -> None:
    page = plan_html(FULL)
    assert not re.search(r"https?:|url\(|@import|src=|href=|<script", page)


def test_personal_data_is_masked_unless_asked_for() -> None:
    for secret in ("Jane Doe", "jane@example.com", "+12065550134", "0b1c2d3e-aaaa"):
        assert secret not in plan_html(FULL)
        assert secret in plan_html(FULL, show_pii=True).replace("&quot;", '"')


@pytest.mark.parametrize("field", ["query", "destination"])
def test_names_from_outside_are_texts(field: str) -> None:
    shown = read(plan_html(replace(FULL, **{field: NASTY})))
    assert "script" not in shown.tags
    assert any(NASTY in text for text in shown.texts)


def test_values_are_texts_too() -> None:
    example = Example(NASTY, "create", None, {NASTY: NASTY})
    report = replace(
        FULL, columns={NASTY: 1}, rejections={NASTY: 1}, warnings={NASTY: 1}, examples=(example,)
    )
    assert "script" not in read(plan_html(report, show_pii=True)).tags


def test_an_empty_plan_is_a_page_too() -> None:
    empty = PlanReport("q.sql", "there", Counts(), 0, {}, {}, {}, Forecast(0, 0, 0.0))
    page = body(plan_html(empty))
    assert "nothing to send" in page
    assert "Guards" not in page
