"""A column of tags, as it is sent."""

from __future__ import annotations

import polars as pl
import pytest

from zdpipe.records.normalize import normalize
from zdpipe.records.rules import rules_for


def tags(
    values: list[object], dtype: pl.DataType | type[pl.DataType] = pl.String, **rule: object
) -> tuple[list[str | None], list[tuple[object, ...]]]:
    """Return what is sent of each row, and reason, value and fits of its remarks."""
    frame = pl.DataFrame(
        {"external_id": [str(n) for n in range(len(values))], "name": ["N"] * len(values)}
    ).with_columns(pl.Series("tags", values, dtype=dtype))
    found = normalize(frame, 1, rules_for(frame.schema, {"tags": (None, rule.get("on_invalid"))}))
    remarks = pl.concat([found.warnings, found.rejections.select(found.warnings.columns)], how="vertical")
    return found.records["tags"].to_list(), remarks.select("reason", "value", "fits").rows()


def test_tags_are_in_lower_case_in_order_and_each_once() -> None:
    assert tags(["vip, Gold,gold", '["b","A"]', " ", None]) == (
        ['["gold","vip"]', '["a","b"]', None, None],
        [],
    )
    assert tags([["VIP", " b "], []], pl.List(pl.String))[0] == ['["b","vip"]', None]


@pytest.mark.parametrize(
    ("given", "raw", "fits"),
    [
        ("Fourth Tag, vip", '["Fourth Tag","vip"]', "fourth_tag, vip"),
        ("a&b", '["a&b"]', "a_b"),
        ("!!", '["!!"]', "letters, digits and _ - / : . without blanks"),
    ],
)
def test_what_zendesk_splits_or_drops_is_named_with_what_would_fit(given: str, raw: str, fits: str) -> None:
    assert tags([given, "ok"]) == ([None, '["ok"]'], [("invalid_tag", raw, fits)])


def test_a_project_may_reject_the_row() -> None:
    assert tags(["a b"], on_invalid="reject")[1] == [("invalid_tag", '["a b"]', "a_b")]


def test_other_lists_are_no_tags() -> None:
    frame = pl.DataFrame({"external_id": ["1"], "name": ["N"], "user_fields.kinds": [["Two Words"]]})
    found = normalize(frame, 1, rules_for(frame.schema))
    assert (found.records["user_fields.kinds"].to_list(), found.warnings.height) == (['["Two Words"]'], 0)
