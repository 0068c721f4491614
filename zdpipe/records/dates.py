"""Dates and timestamps, in UTC."""

from __future__ import annotations

import polars as pl

from zdpipe.records.text import keep, quoted_plain

DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
ISO_8601 = (
    r"^(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?<hour>[01][0-9]|2[0-3])(?<minute>:[0-5][0-9])"
    r"(?:(?<second>:[0-5][0-9])(?:[.,][0-9]+)?)?"
    r" ?(?:[Zz]|(?<zone>[+-][0-9]{2})(?::?(?<offset>[0-5][0-9]))?)?$"
)
FOUR_DIGITS = r"^(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-"
WRITTEN = "%Y-%m-%dT%H:%M:%SZ"


def dates(text: pl.Series) -> pl.Series:
    """Return days as JSON, of dates and of ISO 8601 timestamps (their day in UTC); null where neither."""
    days = keep(text, text.str.contains(DAY))
    if days.null_count() > text.null_count():
        moments = _moments(keep(text, days.is_null()))
        days = pl.select(pl.coalesce(days, moments.str.head(10))).to_series()
    return quoted_plain(_real(days, days.str.to_date("%Y-%m-%d", strict=False)))


def timestamps(text: pl.Series) -> pl.Series:
    """Return ISO 8601 moments in UTC as JSON, cut to seconds; a date is its midnight.

    A text without a zone is in UTC.
    """
    return quoted_plain(_moments(text))


def _moments(text: pl.Series) -> pl.Series:
    parts = text.str.extract_groups(ISO_8601).struct
    seconds = parts.field("second").fill_null(":00")
    zone = parts.field("zone").fill_null("+00") + parts.field("offset").fill_null("00")
    uniform = parts.field("day") + "T" + parts.field("hour") + parts.field("minute") + seconds + zone
    midnight = keep(text, text.str.contains(DAY)) + "T00:00:00+0000"
    whole = pl.select(pl.coalesce(midnight, uniform)).to_series()
    moments = whole.str.to_datetime("%Y-%m-%dT%H:%M:%S%z", strict=False, time_unit="us")
    return _real(moments.dt.to_string(WRITTEN), moments)


def _real(text: pl.Series, parsed: pl.Series) -> pl.Series:
    # The calendar knows the year 0 and years of five digits; Zendesk's date fields do not.
    return keep(text, parsed.is_not_null() & text.str.contains(FOUR_DIGITS))
