from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.lint.build import ACCOUNTS, findings
from zdpipe.lint import RULES
from zdpipe.lint.explain import examples, handbook

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules.md"
ALL = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)


def test_the_document_is_up_to_date(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("update_snapshots"):
        DOCUMENT.write_text(handbook(), encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == handbook(), "make snapshots writes it anew"


def test_links_lead_to_the_chapters() -> None:
    text = handbook()
    anchors = {title.lower().replace(" ", "-") for title in re.findall(r"^## (.+)$", text, re.MULTILINE)}
    links = re.findall(r"\]\(#([^)]+)\)", text)
    assert len(links) == len(RULES)
    assert set(links) <= anchors


@ALL
def test_a_rule_says_rightly_whether_it_can_be_mended(rule) -> None:
    mended = [
        *examples(rule, "Bad"),
        *_FIXABLE.get(rule.code, ()),
    ]
    found = [
        f for text in mended for f in findings(text, accounts=ACCOUNTS, hints=True) if f.code == rule.code
    ]
    assert any(finding.fixable for finding in found) == rule.fixable


_OK = "SELECT amperity_id AS external_id, full_name AS name, email"
_FIXABLE = {
    "ZD104": [
        "WITH x AS (SELECT amperity_id AS external_id, full_name AS name FROM Customer_360) SELECT * FROM x"
    ],
    "ZD106": [f"{_OK}, email FROM Customer_360"],
    "ZD201": ["-- attribute_tables/contact.sql\nSELECT amperity_id AS AMPERITY_ID FROM Customer_360"],
}


@ALL
def test_a_textual_rule_says_the_same_without_a_schema(rule) -> None:
    if rule.textual:
        for section in ("Bad", "Good"):
            texts = examples(rule, section)
            with_schema, without = (
                [f.span for f in findings(*texts, **how, hints=True) if f.code == rule.code]
                for how in ({}, {"schema": None})
            )
            assert with_schema == without
