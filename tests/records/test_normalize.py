from __future__ import annotations

import json
import math
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from tests.records.columns import normalized
from zdpipe.model.fields import Kind
from zdpipe.records.normalize import normalize
from zdpipe.records.rules import rules_for

MESSY = pl.DataFrame(
    {
        "amperity_id": ["a1", "a2", "a3", None, "a5", "a6", "a7"],
        "external_id": [" Cust-1 ", None, "C3", "  ", None, "c6", None],
        "email": [
            "Jane@Example.COM ",
            "bob@example.com",
            "not an address",
            "BAD@",
            None,
            "x@@y",
            " ann@b.co",
        ],
        "name": ["  Jane   Doe", 'Bob "B" Smith', "Zoë", "No One", "Nobody", " \u200b ", "Ann"],
        "phone": ["(212) 555-0123 x5", "12", None, "212-555-0123", "", "1", "+44 20 7946 0958"],
        "user_fields.state": ["texas", "N.Y.", "zz", None, "CA", "on", "ON"],
        "user_fields.ltv": [1.005, math.nan, -0.001, 3.0, None, 1.0, 2.675],
        "user_fields.orders": [3, None, 0, 1, 2, 3, 4],
        "user_fields.opt_in": [True, False, None, True, True, True, True],
        "user_fields.tags": [[" vip", ""], [], None, ["a"], ["b"], ["c"], ["d", "e"]],
        "user_fields.last_order": [date(2020, 1, 31), *([None] * 6)],
        "user_fields.seen": [datetime.fromisoformat("2020-01-31T12:30:01.000999"), *([None] * 6)],
    }
)

blankish = st.sampled_from(["", " ", "\u00a0", "\t", "\u200b"])
ids = st.one_of(st.none(), blankish, st.text(max_size=4), st.sampled_from(["A1", "a1 ", "İ", "ß"]))
emails = st.one_of(st.none(), blankish, st.emails(), st.sampled_from(["bad", "A@Example.com", "é@ü.de"]))
names = st.one_of(st.none(), blankish, st.text(max_size=8))
phones = st.one_of(st.none(), st.sampled_from(["2125550123", "+44 20 7946 0958 x1", "12", "1-800-FLOWERS"]))
words = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.sampled_from(
        ["tx", "yes", "1.005", "2020-01-31", "NaN", "12.0", "off", "a\x00b", "a, b", "5555555555"]
    ),
    st.sampled_from(
        ["1,234.50", "1.234,5", "$12", "(5)", "\u22125", "1 234", "31 Jan 2020", "2020/01/31", "20200131"]
    ),
    st.sampled_from(
        ["2020-01-31 10:00:00 Europe/Berlin", "10:00", "+44 20 7946 0958 ext 4", "１８００ＦＬＯＷＥＲＳ"]
    ),
)
OVERRIDES: dict[str, tuple[Kind | None, str | None]] = {
    f"user_fields.{kind}": (kind, "reject" if kind in {Kind.DATE, Kind.PHONE} else None) for kind in Kind
}


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    height = draw(st.integers(0, 6))

    def column(values: st.SearchStrategy[Any]) -> pl.Series:
        return pl.Series(draw(st.lists(values, min_size=height, max_size=height)), dtype=pl.String)

    known = {"amperity_id": ids, "external_id": ids, "email": emails, "name": names, "phone": phones}
    custom = {f"user_fields.{kind}": words for kind in draw(st.sets(st.sampled_from(list(Kind)), max_size=4))}
    return pl.DataFrame({name: column(values) for name, values in (known | custom).items()})


def as_text(frame: pl.DataFrame) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in frame.iter_rows(named=True))


def test_a_messy_batch_becomes_records_rejections_and_warnings(snapshot: SnapshotAssertion) -> None:
    found = normalized(MESSY, {"phone": (None, "omit")})
    assert as_text(found.records) == snapshot(name="records")
    assert as_text(found.rejections) == snapshot(name="rejections")
    assert as_text(found.warnings) == snapshot(name="warnings")


def test_a_field_set_to_reject_rejects_the_row_instead_of_leaving_the_value_out() -> None:
    found = normalized(MESSY.head(3), {"phone": (None, "reject"), "email": (None, "reject")})
    assert found.records["key"].to_list() == ["cust-1"]
    assert found.rejections.select("row", "reason", "column", "value").rows() == [
        (2, "invalid_phone", "phone", "12"),
        (3, "invalid_email", "email", "not an address"),
    ]
    assert found.warnings["reason"].unique().to_list() == ["extension_dropped"]


def test_one_reason_a_row_and_the_missing_name_counts_first() -> None:
    frame = pl.DataFrame({"email": ["bad", "bad", None], "name": [None, "B", "C"], "phone": ["1", "1", "1"]})
    found = normalized(frame, {"phone": (None, "reject")})
    assert found.rejections.select("row", "column", "reason").rows() == [
        (1, "name", "name_missing"),
        (2, "email", "invalid_email"),
        (3, "email", "identity_missing"),
    ]


def test_a_rejection_is_named_by_the_first_key_it_has() -> None:
    frame = pl.DataFrame(
        {
            "email": ["e@x.co", "e@x.co", " E@x.co", None],
            "external_id": [" X ", "X", None, None],
            "amperity_id": [" ", "A", None, None],
            "name": pl.Series([None] * 4, dtype=pl.String),
        }
    )
    found = normalized(frame)
    assert found.rejections["key"].to_list() == ["X", "A", "E@x.co", None]
    assert found.rejections["identity"].to_list() == ["x", "x", "e@x.co", None]


def test_numbers_and_other_types_serve_as_identity() -> None:
    for column in (pl.Series([7]), pl.Series([7.0]), pl.Series(["7"], dtype=pl.Categorical)):
        found = normalized(pl.DataFrame({"external_id": column, "name": ["A"]}))
        assert found.records.select("key", "external_id", "email").rows() == [("7", "7", None)]
    found = normalized(pl.DataFrame({"external_id": [math.nan], "name": ["A"]}))
    assert found.rejections["reason"].to_list() == ["identity_missing"]


def test_rows_are_counted_from_the_first_row_of_the_batch() -> None:
    found = normalize(MESSY, 101, rules_for(MESSY.schema))
    assert sorted(found.records["row"].to_list() + found.rejections["row"].to_list()) == list(range(101, 108))


def test_many_rows_become_what_few_at_a_time_become() -> None:
    many = pl.concat([MESSY] * 300)
    at_once = normalized(many)
    parts = [
        normalize(part, 1 + 70 * turn, rules_for(many.schema))
        for turn, part in enumerate(many.iter_slices(70))
    ]
    for name in ("records", "rejections", "warnings"):
        few = pl.concat([getattr(part, name) for part in parts])
        assert getattr(at_once, name).columns == few.columns
        assert sorted(getattr(at_once, name).iter_rows(), key=repr) == sorted(few.iter_rows(), key=repr)


def test_a_query_without_a_name_or_a_key_loses_every_row_but_breaks_nothing() -> None:
    assert normalized(pl.DataFrame({"email": ["a@b.co"]})).rejections["reason"].to_list() == ["name_missing"]
    (rejection,) = normalized(pl.DataFrame({"name": ["A"]})).rejections.rows(named=True)
    assert (rejection["reason"], rejection["column"]) == ("identity_missing", "external_id")


@pytest.mark.parametrize("frame", [MESSY.clear(), MESSY.clear(7)])
def test_schemas_are_the_same_with_and_without_rows(frame: pl.DataFrame) -> None:
    full, other = normalized(MESSY), normalized(frame)
    assert other.records.schema == full.records.schema
    assert other.rejections.schema == full.rejections.schema
    assert other.warnings.schema == full.warnings.schema
    assert other.rejections.height == frame.height


def test_columns_of_only_nulls_without_a_type_are_null() -> None:
    frame = pl.DataFrame(
        {"external_id": ["a"], "name": ["A"], **{f"user_fields.{kind}": [None] for kind in Kind}}
    )
    found = normalized(frame, OVERRIDES)
    assert set(found.records.row(0)) == {1, "a", '"A"', None}
    assert found.warnings.is_empty()


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    "column",
    [
        pl.Series(["x"]),
        pl.Series([1.5], dtype=pl.Float32),
        pl.Series([2], dtype=pl.Int8),
        pl.Series([2], dtype=pl.Int128),
        pl.Series([2], dtype=pl.Decimal(10, 3)),
        pl.Series([True]),
        pl.Series([date(2020, 1, 31)]),
        pl.Series([datetime.fromisoformat("2020-01-31")]),
        pl.Series([datetime.fromisoformat("2020-01-31")]).dt.replace_time_zone("Europe/Berlin"),
        pl.Series([time(10)]),
        pl.Series(["x"], dtype=pl.Categorical),
        pl.Series(["x"], dtype=pl.Enum(["x"])),
        pl.Series([None]),
    ],
    ids=lambda column: str(column.dtype),
)
def test_every_type_is_either_sent_or_remarked_under_every_kind(column: pl.Series, kind: Kind) -> None:
    frame = pl.DataFrame({"external_id": ["a"], "name": ["A"], "user_fields.x": column})
    found = normalized(frame, {"user_fields.x": (kind, None)})
    sent = found.records["user_fields.x"].item() is not None
    assert sent + found.warnings.height == (0 if column.dtype == pl.Null else 1)


def test_columns_that_are_not_sent_may_have_any_type() -> None:
    frame = pl.DataFrame(
        {
            "name": ["A"],
            "extra": [{"a": [1]}],
            "raw": [b"\xff"],
            "age": [timedelta(days=1)],
            "nested": [[[1]]],
        }
    )
    found = normalized(frame)
    assert found.rejections.select(pl.col("^source\\..*$")).row(0) == (
        "A",
        '{"a": [1]}',
        "ff",
        '"1 day, 0:00:00"',
        "[[1]]",
    )


@settings(max_examples=40)
@given(frames())
def test_every_row_is_either_a_record_or_a_rejection(frame: pl.DataFrame) -> None:
    found = normalized(frame, OVERRIDES)
    assert sorted([*found.records["row"], *found.rejections["row"]]) == list(range(1, frame.height + 1))
    assert set(found.warnings["row"]) <= set(found.records["row"])
    assert found.records["key"].null_count() == found.records["name"].null_count() == 0


@settings(max_examples=40)
@given(frames())
def test_every_value_sent_is_json(frame: pl.DataFrame) -> None:
    records = normalized(frame, OVERRIDES).records
    for column in records.columns[5:]:
        for value in records[column].drop_nulls():
            assert json.loads(value) is not None


@settings(max_examples=40)
@given(frames(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_but_their_numbers(frame: pl.DataFrame, draw: Any) -> None:
    order = list(range(frame.height))
    draw.shuffle(order)
    straight, shuffled = normalized(frame, OVERRIDES), normalized(frame[order], OVERRIDES)
    for part in ("records", "rejections", "warnings"):
        numbered = getattr(shuffled, part).with_columns(
            pl.col("row").map_elements(lambda row: order[row - 1] + 1, pl.Int64)
        )
        assert numbered.sort("row", maintain_order=True).equals(getattr(straight, part))


@settings(max_examples=40)
@given(frames())
def test_normalizing_what_is_sent_changes_nothing(frame: pl.DataFrame) -> None:
    once = normalized(frame, OVERRIDES).records
    sent = [name for name in once.columns if name not in {"row", "key", "external_id", "email", "unread"}]
    decoded = once.select("external_id", "email").with_columns(
        pl.Series(name, [_as_column_value(text) for text in once[name]], dtype=pl.String) for name in sent
    )
    again = normalized(decoded, OVERRIDES)
    assert again.records.drop("row", "unread").equals(once.drop("row", "unread"))
    assert again.warnings.is_empty()


def _as_column_value(text: str | None) -> str | None:
    value = None if text is None else json.loads(text)
    return value if isinstance(value, str) else text
