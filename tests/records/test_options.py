from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records.columns import texts
from zdpipe.model.fields import Kind
from zdpipe.model.schema import UserField
from zdpipe.records.column import ColumnRule
from zdpipe.records.encode import encode
from zdpipe.records.encoded import Encoded
from zdpipe.records.options import named
from zdpipe.records.rules import Rules
from zdpipe.records.translate import spellings

TIERS = {
    "gold": "Gold member",
    "silver": "Silver member",
    "tier_3": "Bronze",
    "x": "Gold",
    "y": "Twice",
    "z": "twice",
}


def chosen(column: pl.Series, type_: str = "dropdown", values: dict[str, str] | None = None) -> Encoded:
    kind = Kind.TEXT if type_ == "dropdown" else Kind.TEXT_LIST
    field = UserField("tier", type_, "Tier", options=TIERS)
    rule = ColumnRule("user_fields.tier", kind, values=spellings(values or {}), field=field)
    return encode(column, rule, Rules((rule,)))


def remarks(encoded: Encoded) -> dict[str, list[int]]:
    return {remark.reason.value: remark.rows.arg_true().to_list() for remark in encoded.remarks}


@pytest.mark.parametrize(
    ("given", "sent", "reason"),
    [
        (" gold ", "gold", None),
        ("tier_3", "tier_3", None),
        ("Gold member", "gold", "option_label"),
        ("  SILVER   Member ", "silver", "option_label"),
        ("bronze", "tier_3", "option_label"),
        ("TIER_3", "tier_3", "option_label"),
        ("platinum", None, "invalid_option"),
        ("twice", None, "invalid_option"),
        ("Gold", None, "invalid_option"),
        (" ", None, None),
    ],
)
def test_an_option_is_sent_by_its_value(given: str, sent: str | None, reason: str | None) -> None:
    encoded = chosen(texts(given))
    assert encoded.values.to_list() == [None if sent is None else json.dumps(sent)]
    assert remarks(encoded) == ({} if reason is None else {reason: [0]})


def test_what_would_fit_are_the_options_and_a_label_is_told_its_value() -> None:
    encoded = chosen(texts("Bronze", "platinum"))
    unknown, label = encoded.remarks
    assert unknown.fits == "an option of the field: gold, silver, tier_3, x, y, z"
    assert isinstance(label.fits, pl.Series)
    assert label.fits.to_list() == ['"tier_3"', None]
    assert named({str(number): "" for number in range(20)}).endswith("10, 11 and 8 more")


def test_several_options_are_sent_as_a_list_of_values() -> None:
    encoded = chosen(
        texts("gold, Bronze", '["silver","SILVER"]', "gold,platinum", "gold", None, " "), "multiselect"
    )
    assert encoded.values.to_list() == ['["gold","tier_3"]', '["silver"]', None, '["gold"]', None, None]
    assert remarks(encoded) == {"invalid_option": [2], "option_label": [0, 1]}
    assert chosen(pl.Series([["gold", "x"], []]), "multiselect").values.to_list() == ['["gold","x"]', None]


@pytest.mark.parametrize("type_", ["dropdown", "multiselect"])
def test_spellings_of_the_project_name_options_without_a_warning(type_: str) -> None:
    encoded = chosen(texts("VIP"), type_, {"vip": "gold"})
    assert [json.loads(value) for value in encoded.values] == [["gold"] if type_ == "multiselect" else "gold"]
    assert encoded.remarks == ()


@given(st.lists(st.sampled_from([*TIERS, *TIERS.values(), "GOLD", "other", "a,b"]), min_size=1))
def test_what_was_sent_is_sent_again_as_it_is(given: list[str]) -> None:
    for type_ in ("dropdown", "multiselect"):
        once = chosen(texts(*given), type_).values
        decoded = [json.loads(value) if value else None for value in once]
        again = chosen(
            pl.Series(decoded, dtype=pl.String if type_ == "dropdown" else pl.List(pl.String)), type_
        )
        assert again.values.to_list() == once.to_list()
        assert again.remarks == ()
