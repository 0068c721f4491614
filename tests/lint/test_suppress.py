from __future__ import annotations

import pytest

from tests.lint.build import codes

BAD = "SELECT amperity_id AS external_id, full_name AS name, 1,{}\n city FROM Customer_360"


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("", ["ZD105", "ZD303"]),
        (" -- noqa", ["ZD303"]),
        ("--NOQA: zd105", ["ZD303"]),
        (" -- noqa: Unaliased-Expression, LT05", ["ZD303"]),
        (" -- reason -- noqa:ZD105 because ZD303", ["ZD303"]),
        (" -- noqa: ZD105 ZD110 ,ZD101", ["ZD303"]),
        (" -- noqa: ZD303, ZD110", ["ZD105", "ZD303"]),
        (" -- noqa: ZD303", ["ZD105", "ZD110", "ZD303"]),
        (" -- noqa:", ["ZD105", "ZD110", "ZD303"]),
        (" -- noqa: ZD999", ["ZD105", "ZD111", "ZD303"]),
        (" '-- noqa' AS alias,", ["ZD105", "ZD303"]),
        (" -- noqab", ["ZD105", "ZD303"]),
    ],
)
def test_a_comment_speaks_for_its_own_line(comment: str, left: list[str]) -> None:
    assert codes(BAD.format(comment)) == left


def test_a_comment_after_the_last_word_counts() -> None:
    assert codes("SELECT * FROM Customer_360 -- noqa: ZD104") == []


def test_a_syntax_error_cannot_be_suppressed() -> None:
    assert codes("SELECT 1 FROM -- noqa") == ["ZD101"]
