"""Comments that keep nothing quiet, and how they are taken out."""

from __future__ import annotations

import pytest

from tests.lint.build import ACCOUNTS
from tests.lint.mending import found, mended
from zdpipe.model.query import Role

OK = "amperity_id AS external_id, full_name AS name"
FROM = "FROM Customer_360"


def idle(text: str, *how: object, **context: object) -> list[str]:
    """The codes of findings about comments."""
    return [f.code for f in found(text, *how, **context) if f.code in {"ZD110", "ZD111"}]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"SELECT {OK} -- noqa\n{FROM}", f"SELECT {OK}\n{FROM}"),
        (f"SELECT {OK} {FROM}   -- noqa: ZD104  ", f"SELECT {OK} {FROM}"),
        (f"SELECT {OK} {FROM} --noqa: zd104, Select-Star\r\n", f"SELECT {OK} {FROM}\r\n"),
        (f"-- noqa:ZD104\nSELECT {OK} {FROM}", f"SELECT {OK} {FROM}"),
        (f"SELECT {OK}\r\n  -- noqa\r\n{FROM}", f"SELECT {OK}\r\n{FROM}"),
        (f"SELECT {OK} -- why -- noqa: ZD104\n{FROM}", f"SELECT {OK} -- why\n{FROM}"),
        (f"SELECT {OK} -- noqa: ZD104 because\n{FROM}", f"SELECT {OK} -- because\n{FROM}"),
        (f"SELECT {OK} -- noqa: ZD104 -- why\n{FROM}", f"SELECT {OK} -- why\n{FROM}"),
        (f"SELECT {OK} /* -- noqa: ZD104 */ {FROM}", f"SELECT {OK} /* */ {FROM}"),
        (f"SELECT {OK}, 1 -- noqa: ZD104,ZD105\n{FROM}", f"SELECT {OK}, 1 -- noqa: ZD105\n{FROM}"),
        (f"SELECT {OK}, 1 -- noqa: LT01,ZD104 ,ZD105 x", f"SELECT {OK}, 1 -- noqa: LT01, ZD105 x"),
        (f"SELECT {OK} -- noqa: ZD104 -- noqa: ZD106\n{FROM}", f"SELECT {OK}\n{FROM}"),
        (f"SELECT {OK} -- noqa:\n{FROM}", f"SELECT {OK}\n{FROM}"),
    ],
)
def test_an_idle_noqa_is_a_finding_and_is_taken_out(before: str, after: str) -> None:
    assert "ZD110" in idle(before)
    assert mended(before).text == after


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT {OK}, 1 -- noqa\n{FROM}",
        f"SELECT {OK}, 1 -- noqa: ZD105, unaliased-expression\n{FROM}",
        f"SELECT {OK}, 1 -- noqa: LT01, PRS, layout.spacing, disable=all\n{FROM}",
        f"SELECT {OK}, '-- noqa: ZD104' AS alias {FROM}",
        "SELECT 1 FROM -- noqa: ZD104",
    ],
)
def test_a_noqa_of_use_or_of_another_linter_stays(text: str) -> None:
    assert idle(text) == []


def test_without_a_schema_only_what_the_text_tells_is_judged() -> None:
    assert idle(f"SELECT {OK} {FROM} -- noqa", schema=None) == []
    assert idle(f"SELECT {OK} {FROM} -- noqa: ZD108", schema=None) == []
    assert idle(f"SELECT {OK} {FROM} -- noqa: ZD104", schema=None) == ["ZD110"]


def test_without_accounts_their_rules_are_not_judged() -> None:
    text = f'SELECT {OK}, city AS "user_fields.city" {FROM} -- noqa: ZD701'
    assert idle(text) == []
    assert idle(text, accounts=ACCOUNTS) == ["ZD110"]


def test_a_rule_that_is_ignored_is_not_judged() -> None:
    assert idle(f"SELECT {OK} {FROM} -- noqa: ZD104", ignore=frozenset({"select-star"})) == []


def test_a_rule_for_other_files_is_idle() -> None:
    text = f"SELECT amperity_id, phone {FROM} -- noqa: ZD301"
    assert idle(text, Role.ATTRIBUTE_TABLE) == ["ZD110"]


def test_a_finding_that_takes_no_comment_says_so_for_the_comment() -> None:
    assert idle(f"SELECT {OK}, city AS tags {FROM} -- noqa: ZD601") == ["ZD110"]


def test_a_comment_can_keep_its_own_finding_quiet_by_name_only() -> None:
    assert idle(f"SELECT {OK} {FROM} -- noqa: ZD104, unused-noqa") == []
    assert idle(f"SELECT {OK} {FROM} -- noqa: ZD999, ZD111") == []
    assert idle(f"SELECT {OK}, 1 -- noqa -- noqa: ZD999\n{FROM}") == ["ZD111"]


@pytest.mark.parametrize(
    ("words", "unknown"),
    [
        ("ZD999", ["ZD999"]),
        ("select-starr", ["select-starr"]),
        ("ZD105, nonsense", ["nonsense"]),
        ("ZD105 ZD9999", ["ZD9999"]),
        ("ZD105 nonsense", []),
        ("LT01", []),
    ],
)
def test_a_word_that_names_no_rule_is_a_finding_at_its_place(words: str, unknown: list[str]) -> None:
    text = f"SELECT {OK}, 1 -- noqa: {words}\n{FROM}"
    told = [finding for finding in found(text) if finding.code == "ZD111"]
    line = text.splitlines()[0]
    assert [line[f.span.column - 1 : f.span.end_column - 1] for f in told] == unknown
    assert not any(finding.fixable for finding in told)


def test_an_unknown_name_is_guessed() -> None:
    (finding,) = (f for f in found(f"SELECT {OK}, 1 -- noqa: select-starr\n{FROM}") if f.code == "ZD111")
    assert "Did you mean `select-star`?" in finding.message
