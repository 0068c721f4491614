from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records.columns import encoded, reasons, texts
from zdpipe.model.fields import Kind

LIMITS = (datetime.fromisoformat("0001-01-03"), datetime.fromisoformat("9999-12-29"))


@pytest.mark.parametrize(
    ("text", "day", "moment"),
    [
        ("2020-01-31", "2020-01-31", "2020-01-31T00:00:00Z"),
        ("2020-02-29", "2020-02-29", "2020-02-29T00:00:00Z"),
        ("2020-01-31T12:34:56Z", "2020-01-31", "2020-01-31T12:34:56Z"),
        ("2020-01-31 12:34", "2020-01-31", "2020-01-31T12:34:00Z"),
        ("2020-01-31 12:34:56.999", "2020-01-31", "2020-01-31T12:34:56Z"),
        ("2020-01-31T23:30:00-05:00", "2020-02-01", "2020-02-01T04:30:00Z"),
        ("2020-01-31 00:30:00+02", "2020-01-30", "2020-01-30T22:30:00Z"),
        ("2020-01-31 00:30:00 +0530", "2020-01-30", "2020-01-30T19:00:00Z"),
        ("2020-01-31T12:34:56.123456Z", "2020-01-31", "2020-01-31T12:34:56Z"),
        ("2020-01-31 10:00:00+02", "2020-01-31", "2020-01-31T08:00:00Z"),
        ("2020-01-31 10:00:00 UTC", "2020-01-31", "2020-01-31T10:00:00Z"),
        ("2020-01-31 10:00:00 GMT", "2020-01-31", "2020-01-31T10:00:00Z"),
        ("2020-01-31 22:00:00.000 America/New_York", "2020-02-01", "2020-02-01T03:00:00Z"),
        ("2020-07-31 22:00:00 America/Argentina/Buenos_Aires", "2020-08-01", "2020-08-01T01:00:00Z"),
        ("2020-03-08 02:30:00 America/New_York", None, None),
        ("2020-11-01 01:30:00 America/New_York", None, None),
        ("2020-01-31 10:00:00 Mars/Olympus", None, None),
        ("2020/01/31", "2020-01-31", "2020-01-31T00:00:00Z"),
        ("2020/01/31 10:00:00", "2020-01-31", "2020-01-31T10:00:00Z"),
        ("20200131", "2020-01-31", "2020-01-31T00:00:00Z"),
        ("31 Jan 2020", "2020-01-31", "2020-01-31T00:00:00Z"),
        ("3-SEP-2020", "2020-09-03", "2020-09-03T00:00:00Z"),
        ("January 31, 2020", "2020-01-31", "2020-01-31T00:00:00Z"),
        ("Sept. 3 2020", "2020-09-03", "2020-09-03T00:00:00Z"),
        ("31 Foo 2020", None, None),
        ("31 Feb 2020", None, None),
        ("20201301", None, None),
        ("10000101", None, None),
        ("2020-W05-5", None, None),
        ("2020-031", None, None),
        ("01/02/2020", None, None),
        ("31.01.2020", None, None),
        ("31 Jan 20", None, None),
        ("1580428800", None, None),
        ("0001-01-01", "0001-01-01", "0001-01-01T00:00:00Z"),
        ("9999-12-31", "9999-12-31", "9999-12-31T00:00:00Z"),
        ("2021-02-29", None, None),
        ("2020-13-01", None, None),
        ("2020-01-31T24:00:00", None, None),
        ("2020-01-31T12:00:60Z", None, None),
        ("0001-01-01T00:00:00+05:00", None, None),
        ("9999-12-31T23:59:59-05:00", None, None),
        ("0000-01-01", None, None),
        ("2020-1-31", None, None),
        ("01/31/2020", None, None),
        ("2020-01-31x", None, None),
        ("yesterday", None, None),
    ],
)
def test_a_text_becomes_a_day_and_a_moment_in_utc(text: str, day: str | None, moment: str | None) -> None:
    assert encoded(Kind.DATE, texts(f" {text} ")) == [day]
    assert encoded(Kind.TIMESTAMP, texts(text)) == [moment]


def test_a_number_of_eight_digits_is_a_day() -> None:
    assert encoded(Kind.DATE, pl.Series([20200131, 20200132, 1580428800])) == ["2020-01-31", None, None]


def test_date_columns_are_days_and_midnights() -> None:
    column = pl.Series([date(2020, 1, 31), None])
    assert encoded(Kind.DATE, column) == ["2020-01-31", None]
    assert encoded(Kind.TIMESTAMP, column) == ["2020-01-31T00:00:00Z", None]
    assert encoded(Kind.TEXT, column) == ["2020-01-31", None]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_naive_timestamps_are_utc_and_zoned_ones_are_converted(unit: Any) -> None:
    late = datetime(2020, 1, 31, 23, 30, 1, 999000, tzinfo=timezone(timedelta(hours=-5)))
    naive = pl.Series([late.replace(tzinfo=None)], dtype=pl.Datetime(unit))
    zoned = pl.Series([late.astimezone(UTC)]).dt.cast_time_unit(unit).dt.convert_time_zone("America/New_York")
    assert encoded(Kind.TIMESTAMP, naive) == ["2020-01-31T23:30:01Z"]
    assert encoded(Kind.TIMESTAMP, zoned) == ["2020-02-01T04:30:01Z"]
    assert encoded(Kind.DATE, naive) == ["2020-01-31"]
    assert encoded(Kind.DATE, zoned) == ["2020-02-01"]


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        (Kind.DATE, pl.Series([0, 2**31 - 1, -(2**31) + 1, None], dtype=pl.Int32).cast(pl.Date)),
        (Kind.TIMESTAMP, pl.Series([0, 2**63 - 1, -(2**63) + 1, None]).cast(pl.Datetime("us"))),
        (Kind.TIMESTAMP, pl.Series([0, 2**63 - 1, -(2**63) + 1, None]).cast(pl.Datetime("ns"))),
    ],
)
def test_infinity_is_an_invalid_date_and_breaks_nothing(kind: Kind, column: pl.Series) -> None:
    assert [value is None for value in encoded(kind, column)] == [False, True, True, True]
    assert reasons(kind, column) == {f"invalid_{kind}": [1, 2]}
    assert encoded(Kind.TEXT, column)[1:] == ["infinity", "-infinity", None]


@given(st.lists(st.dates()))
def test_every_date_is_written_as_iso_8601(days: list[date]) -> None:
    expected = [day.isoformat() for day in days]
    assert encoded(Kind.DATE, pl.Series(days, dtype=pl.Date)) == expected
    assert encoded(Kind.DATE, texts(*expected)) == expected


@given(st.lists(st.datetimes(*LIMITS, timezones=st.timezones())))
def test_iso_timestamps_of_any_zone_are_the_moment_python_reads(moments: list[datetime]) -> None:
    written = [moment.isoformat() for moment in moments]
    expected = [
        datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"
        for text in written
    ]
    # An offset with seconds, from before time zones were agreed on, is not ISO 8601.
    for text, moment in zip(written, expected, strict=True):
        odd = text[-3] == ":" and text[-6] == ":" and text[-9] in "+-"
        assert encoded(Kind.TIMESTAMP, texts(text)) == [None if odd else moment]
