from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tests.records.columns import texts
from zdpipe.errors import QueryError
from zdpipe.model.fields import Kind
from zdpipe.model.reasons import FITS
from zdpipe.model.schema import AccountSchema, UserField
from zdpipe.records.normalize import normalize
from zdpipe.records.rules import rules_for

FIELDS = {
    "text": UserField("text", "text", "Text"),
    "long": UserField("long", "textarea", "Long"),
    "code": UserField("code", "regexp", "Code"),
    "whole": UserField("whole", "integer", "Whole"),
    "amount": UserField("amount", "decimal", "Amount"),
    "check": UserField("check", "checkbox", "Check"),
    "day": UserField("day", "date", "Day"),
    "tier": UserField("tier", "dropdown", "Tier", options={"gold": "Gold member"}),
    "several": UserField("several", "multiselect", "Several", options={"a": "A 1", "b": "B 2"}),
    "owner": UserField("owner", "lookup", "Owner"),
    "state": UserField("state", "text", "State"),
    "later": UserField("later", "invented_later", "Later"),
}
ACCOUNT = AccountSchema("acme.zendesk.com", datetime(2026, 1, 31, tzinfo=UTC), FIELDS)


def sent(key: str, column: pl.Series, as_: Kind | None = None) -> tuple[list[Any], list[tuple[Any, ...]]]:
    """Return what is sent to a field and the reason, value and fits of each warning."""
    name = f"user_fields.{key}"
    frame = pl.DataFrame({"external_id": [str(n) for n in range(len(column))], "name": ["A"] * len(column)})
    frame = frame.with_columns(column.alias(name))
    rules = rules_for(frame.schema, {name: (as_, None)}, account=ACCOUNT)
    found = normalize(frame, 1, rules)
    return found.records[name].to_list(), found.warnings.select("reason", "value", "fits").rows()


@pytest.mark.parametrize(
    ("key", "column", "values"),
    [
        ("text", texts(" a ", "12"), ['"a"', '"12"']),
        ("text", pl.Series([12, None]), ['"12"', None]),
        ("text", pl.Series([1.005]), ['"1.01"']),
        ("long", pl.Series([True]), ['"true"']),
        ("code", pl.Series([date(2026, 1, 31)]), ['"2026-01-31"']),
        ("whole", texts("12", "+7", "12.0"), ["12", "7", "12"]),
        ("whole", pl.Series([12.0]), ["12"]),
        ("amount", texts("12", "1.005"), ["12.00", "1.01"]),
        ("amount", pl.Series([12]), ["12.00"]),
        ("check", texts("yes", "0"), ["true", "false"]),
        ("check", pl.Series([1, 0]), ["true", "false"]),
        ("day", texts("2026-01-31T23:30:00-05:00"), ['"2026-02-01"']),
        ("day", pl.Series([datetime.fromisoformat("2026-01-31T12:00")]), ['"2026-01-31"']),
        ("tier", texts("gold"), ['"gold"']),
        ("several", texts("a, b"), ['["a","b"]']),
        ("owner", texts("360001234567"), ["360001234567"]),
        ("owner", pl.Series([7]), ["7"]),
        ("state", texts("texas"), ['"TX"']),
        ("later", texts("a"), ['"a"']),
        ("unknown", pl.Series([Decimal("1.50")]), ["1.50"]),
    ],
)
def test_a_value_is_sent_as_the_accounts_field_takes_it(
    key: str, column: pl.Series, values: list[Any]
) -> None:
    assert sent(key, column) == (values, [])


@pytest.mark.parametrize(
    ("key", "column", "reason", "fits"),
    [
        ("whole", texts("12.5"), "invalid_integer", "a whole number such as 1234"),
        (
            "amount",
            texts("much"),
            "invalid_decimal",
            "a number below 100,000,000 such as 1234.50 or 1,234.50",
        ),
        ("check", texts("perhaps"), "invalid_boolean", "true or false, yes or no, on or off, 1 or 0"),
        ("day", texts("yesterday"), "invalid_date", FITS["invalid_date"]),
        ("tier", texts("bronze"), "invalid_option", "an option of the field: gold"),
        ("tier", pl.Series([3]), "invalid_option", "an option of the field: gold"),
        ("several", texts("a,c"), "invalid_option", "an option of the field: a, b"),
        ("owner", texts("acme"), "invalid_lookup", "a whole number above zero"),
        ("owner", pl.Series([0]), "invalid_lookup", "a whole number above zero"),
        ("owner", pl.Series([-7]), "invalid_lookup", "a whole number above zero"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_would(
    key: str, column: pl.Series, reason: str, fits: str
) -> None:
    values, ((found, _, told),) = sent(key, column)
    assert (values, found, told) == ([None], reason, fits)


def test_labels_become_values_with_a_warning() -> None:
    assert sent("tier", texts("Gold Member")) == (['"gold"'], [("option_label", "Gold Member", '"gold"')])
    assert sent("several", texts("A 1,b")) == (['["a","b"]'], [("option_label", '["A 1","b"]', '["a","b"]')])


def test_the_project_has_the_last_word() -> None:
    assert sent("tier", texts("bronze"), Kind.TEXT) == (['"bronze"'], [])
    assert sent("text", pl.Series([12]), Kind.DECIMAL) == (["12.00"], [])


def test_a_list_for_a_single_value_is_refused_with_the_cure() -> None:
    for key in ("text", "tier", "whole"):
        with pytest.raises(QueryError, match=rf"user_fields\.{key}") as caught:
            sent(key, pl.Series([["a"]]))
        assert "array_to_string" in caught.value.hint


def test_a_bad_value_can_reject_its_row() -> None:
    frame = pl.DataFrame({"external_id": ["1"], "name": ["A"], "user_fields.tier": ["bronze"]})
    rules = rules_for(frame.schema, {"user_fields.tier": (None, "reject")}, account=ACCOUNT)
    (row,) = normalize(frame, 1, rules).rejections.rows(named=True)
    assert (row["reason"], row["column"], row["value"]) == ("invalid_option", "user_fields.tier", "bronze")
    assert row["fits"] == "an option of the field: gold"
