"""Dates and timestamps, in UTC."""

from __future__ import annotations

import polars as pl

from zdpipe.records.orders import in_iso_order
from zdpipe.records.text import keep, quoted_plain

DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
ISO_8601 = (
    r"^(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?<hour>[01][0-9]|2[0-3])(?<minute>:[0-5][0-9])"
    r"(?:(?<second>:[0-5][0-9])(?:[.,][0-9]+)?)?"
    r" ?(?:[Zz]|UTC|GMT|(?<zone>[+-][0-9]{2})(?::?(?<offset>[0-5][0-9]))?)?$"
)
# As Trino and Presto write a TIMESTAMP WITH TIME ZONE.
NAMED_ZONE = r"^(.*[0-9]) ([A-Z][A-Za-z_]+(?:/[A-Za-z_+\-0-9]+)+)$"
FOUR_DIGITS = r"^(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-"
WRITTEN = "%Y-%m-%dT%H:%M:%SZ"


def dates(text: pl.Series) -> pl.Series:
    """Return days as JSON, of dates and of ISO 8601 timestamps (their day in UTC); null where neither."""
    text = _in_iso_order(text)
    days = keep(text, text.str.contains(DAY))
    if days.null_count() > text.null_count():
        moments = _moments(keep(text, days.is_null()))
        days = pl.select(pl.coalesce(days, moments.str.head(10))).to_series()
    return quoted_plain(_real(days, days.str.to_date("%Y-%m-%d", strict=False)))


def timestamps(text: pl.Series) -> pl.Series:
    """Return ISO 8601 moments in UTC as JSON, cut to seconds; a date is its midnight.

    A text without a zone is in UTC.
    """
    return quoted_plain(_moments(_in_iso_order(text)))


def _in_iso_order(text: pl.Series) -> pl.Series:
    iso = text.str.contains(DAY[:-1])
    return text if iso.all() else in_iso_order(text)


def _moments(text: pl.Series) -> pl.Series:
    parts = text.str.extract_groups(ISO_8601).struct
    seconds = parts.field("second").fill_null(":00")
    zone = parts.field("zone").fill_null("+00") + parts.field("offset").fill_null("00")
    uniform = parts.field("day") + "T" + parts.field("hour") + parts.field("minute") + seconds + zone
    midnight = keep(text, text.str.contains(DAY)) + "T00:00:00+0000"
    whole = pl.select(pl.coalesce(midnight, uniform)).to_series()
    moments = whole.str.to_datetime("%Y-%m-%dT%H:%M:%S%z", strict=False, time_unit="us")
    written = _real(moments.dt.to_string(WRITTEN), moments)
    named = keep(text, whole.is_null() & text.str.contains(NAMED_ZONE))
    return written if named.null_count() == len(named) else _with_named_zones(written, named)


def _with_named_zones(written: pl.Series, text: pl.Series) -> pl.Series:
    """Fill in moments told by the clocks of a named zone; an hour that comes twice or never is no moment."""
    parts = text.str.extract_groups(NAMED_ZONE).struct
    clocks, zones = _moments(parts.field("1")), parts.field("2")
    for zone in zones.drop_nulls().unique():
        local = keep(clocks, zones == zone).str.to_datetime(WRITTEN, time_unit="us")
        try:
            zoned = local.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
        except pl.exceptions.ComputeError:
            continue  # there is no such zone, so its texts stay invalid
        moments = zoned.dt.convert_time_zone("UTC")
        written = pl.select(pl.coalesce(written, _real(moments.dt.to_string(WRITTEN), moments))).to_series()
    return written


def _real(text: pl.Series, parsed: pl.Series) -> pl.Series:
    # The calendar knows the year 0 and years of five digits; Zendesk's date fields do not.
    return keep(text, parsed.is_not_null() & text.str.contains(FOUR_DIGITS))
