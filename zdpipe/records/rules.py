"""Which columns of a result are sent, and how each is normalized."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import phonenumbers
import polars as pl

from zdpipe.errors import ProjectError, QueryError
from zdpipe.model.fields import PROPERTIES, Kind, custom_field_key, is_custom_field, is_sendable
from zdpipe.model.schema import AccountSchema, UserField
from zdpipe.model.staff import Staff
from zdpipe.records.account import kind_in_account
from zdpipe.records.column import IDENTITY_COLUMNS, OMIT, ColumnRule, Reading, with_reading

if TYPE_CHECKING:
    from collections.abc import Mapping

REJECT = "reject"

CURES: dict[type[pl.DataType], str] = {
    pl.Binary: "Turn it into text in the query, for example with hex(…) or decode(…).",
    pl.Duration: "Turn it into text or a number in the query, for example with CAST(… AS VARCHAR).",
    pl.Struct: "Select one of its members in the query.",
    pl.Map: "Select the value of one of its keys in the query.",
    pl.List: "Join it into one text in the query, for example with array_to_string(…, ', ').",
    pl.Array: "Join it into one text in the query, for example with array_to_string(…, ', ').",
    pl.Object: "Cast it to VARCHAR in the query.",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """The sendable columns in their order, how phone numbers are read, and who is never written to.

    `default_region` is the ISO 3166 code of the country that numbers without a country code belong to;
    `accept` is `valid` (exists in the numbering plan) or `possible` (has a length that could exist).
    """

    columns: tuple[ColumnRule, ...]
    default_region: str = "US"
    require_plus_one: bool = False
    accept: str = "valid"
    staff: Staff = field(default_factory=Staff)

    def named(self, column: str) -> ColumnRule | None:
        """Return the rule of a column, or None when it is not sent."""
        return next((rule for rule in self.columns if rule.column == column), None)


def rules_for(
    schema: pl.Schema,
    overrides: Mapping[str, tuple[Kind | None, str | None]] | None = None,
    *,
    readings: Mapping[str, Reading] | None = None,
    account: AccountSchema | None = None,
    default_region: str = "US",
    require_plus_one: bool = False,
    accept: str = "valid",
) -> Rules:
    """Return the rules for a result of this schema.

    `overrides` maps a column to its kind and `on_invalid`, `readings` to how its values are read. Where the
    custom fields of the destination's account are known, they say what a column is that `overrides` does not.

    Raises QueryError for a column whose type has no meaning in Zendesk, ProjectError for an override that
    cannot hold.
    """
    if default_region not in phonenumbers.SUPPORTED_REGIONS:
        raise ProjectError(
            f"The phone region {default_region!r} has no numbering plan.",
            "Use a country's two capitals, such as US, CA or GB.",
        )
    given = overrides or {}
    columns = tuple(
        with_reading(
            _rule(column, dtype, *given.get(column, (None, None)), _field(account, column)),
            (readings or {}).get(column, Reading()),
        )
        for column, dtype in schema.items()
        if is_sendable(column)
    )
    return Rules(columns, default_region, require_plus_one, accept)


def _field(account: AccountSchema | None, column: str) -> UserField | None:
    return account.fields.get(custom_field_key(column)) if account and is_custom_field(column) else None


def _rule(
    column: str, dtype: pl.DataType, kind: Kind | None, on_invalid: str | None, field: UserField | None
) -> ColumnRule:
    own = kind_of(column, dtype)
    if column in IDENTITY_COLUMNS and kind not in {None, own}:
        raise ProjectError(
            f"The column {column} is always of kind {own}, not {kind}.",
            f"Remove `as` from [fields.{column}].",
        )
    if kind is None and field is not None:
        chosen = kind_in_account(field.type, own)
        _check_type(column, dtype, chosen)
        return ColumnRule(column, chosen, on_invalid or OMIT, field=field)
    chosen = kind or own
    _check_type(column, dtype, chosen)
    return ColumnRule(column, chosen, on_invalid or OMIT)


def kind_of(column: str, dtype: pl.DataType) -> Kind:
    """Return the kind that a column has by its name or, for a custom field, by its type."""
    if not is_custom_field(column):
        return PROPERTIES[column].kind
    if custom_field_key(column) == "state":
        return Kind.STATE
    return kind_of_type(dtype)


def kind_of_type(dtype: pl.DataType) -> Kind:
    """Return the kind that values of a type naturally have; whatever is nothing else is text."""
    # Arrow has no 128-bit integers: DuckDB hands a HUGEINT, such as sum() of integers, over as DECIMAL(38,0).
    if dtype.is_integer() or dtype == pl.Decimal(38, 0):
        return Kind.INTEGER
    if dtype.is_float() or isinstance(dtype, pl.Decimal):
        return Kind.DECIMAL
    by_type: dict[type[pl.DataType], Kind] = {
        pl.Boolean: Kind.BOOLEAN,
        pl.Date: Kind.DATE,
        pl.Datetime: Kind.TIMESTAMP,
        pl.List: Kind.TEXT_LIST,
        pl.Array: Kind.TEXT_LIST,
    }
    return by_type.get(dtype.base_type(), Kind.TEXT)


def _check_type(column: str, dtype: pl.DataType, kind: Kind) -> None:
    entry = dtype
    if kind is Kind.TEXT_LIST and isinstance(dtype, pl.List | pl.Array):
        entry = pl.Series(dtype=dtype.inner).dtype
    cure = CURES.get(entry.base_type())
    if cure is not None:
        raise QueryError(f"The column {column} is of type {dtype}, which cannot be sent as {kind}.", cure)
