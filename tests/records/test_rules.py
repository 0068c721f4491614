from __future__ import annotations

import polars as pl
import pytest

from zdpipe.errors import ProjectError, QueryError
from zdpipe.model.fields import Kind
from zdpipe.records.column import ColumnRule
from zdpipe.records.rules import Rules, kind_of_type, rules_for


def test_columns_keep_their_order_and_those_never_sent_are_left_out() -> None:
    schema = pl.Schema(
        {
            "amperity_id": pl.String,
            "name": pl.String,
            "id": pl.Int64,
            "user_fields.state": pl.String,
            "whatever": pl.Binary,
        }
    )
    rules = rules_for(schema, {"user_fields.state": (None, "reject")}, default_region="CA", accept="possible")
    assert rules == Rules(
        (ColumnRule("name", Kind.NAME), ColumnRule("user_fields.state", Kind.STATE, "reject")),
        default_region="CA",
        accept="possible",
    )
    assert rules.named("name") == ColumnRule("name", Kind.NAME)
    assert rules.named("amperity_id") is None


@pytest.mark.parametrize(
    ("dtype", "kind"),
    [
        (pl.String(), Kind.TEXT),
        (pl.Float32(), Kind.DECIMAL),
        (pl.Float64(), Kind.DECIMAL),
        (pl.Decimal(10, 2), Kind.DECIMAL),
        (pl.Decimal(18, 0), Kind.DECIMAL),
        (pl.Decimal(38, 0), Kind.INTEGER),
        (pl.Int8(), Kind.INTEGER),
        (pl.UInt64(), Kind.INTEGER),
        (pl.Int128(), Kind.INTEGER),
        (pl.Boolean(), Kind.BOOLEAN),
        (pl.Date(), Kind.DATE),
        (pl.Datetime("us", "UTC"), Kind.TIMESTAMP),
        (pl.List(pl.String), Kind.TEXT_LIST),
        (pl.Array(pl.String, 2), Kind.TEXT_LIST),
        (pl.Categorical(), Kind.TEXT),
        (pl.Enum(["a"]), Kind.TEXT),
        (pl.Time(), Kind.TEXT),
        (pl.Null(), Kind.TEXT),
    ],
)
def test_a_custom_field_takes_its_kind_from_its_type(dtype: pl.DataType, kind: Kind) -> None:
    assert kind_of_type(dtype) is kind
    assert rules_for(pl.Schema({"user_fields.x": dtype})).columns == (ColumnRule("user_fields.x", kind),)


def test_a_property_has_its_kind_by_name_and_a_project_may_choose_another() -> None:
    schema = pl.Schema({"notes": pl.Int64, "user_fields.region": pl.String, "user_fields.state": pl.String})
    chosen = rules_for(
        schema, {"user_fields.region": (Kind.STATE, None), "user_fields.state": (Kind.TEXT, None)}
    )
    assert [rule.kind for rule in chosen.columns] == [Kind.TEXT, Kind.STATE, Kind.TEXT]


@pytest.mark.parametrize(
    "dtype",
    [pl.Binary(), pl.Duration(), pl.Struct({"a": pl.Int64}), pl.List(pl.List(pl.String)), pl.List(pl.Binary)],
)
def test_a_type_without_meaning_in_zendesk_is_refused_with_the_cure(dtype: pl.DataType) -> None:
    with pytest.raises(QueryError, match=r"user_fields\.x") as caught:
        rules_for(pl.Schema({"user_fields.x": dtype}))
    assert "in the query" in caught.value.hint


def test_a_list_is_refused_where_a_single_value_belongs() -> None:
    with pytest.raises(QueryError, match="alias") as caught:
        rules_for(pl.Schema({"alias": pl.List(pl.String)}))
    assert "array_to_string" in caught.value.hint


def test_the_kind_of_identity_columns_is_fixed() -> None:
    with pytest.raises(ProjectError, match="email"):
        rules_for(pl.Schema({"email": pl.String}), {"email": (Kind.TEXT, None)})


def test_an_unknown_phone_region_is_refused() -> None:
    with pytest.raises(ProjectError, match="XX"):
        rules_for(pl.Schema({}), default_region="XX")
