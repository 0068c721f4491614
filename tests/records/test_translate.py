from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.records.columns import texts
from zdpipe.errors import ProjectError
from zdpipe.model.fields import Kind
from zdpipe.records.column import Reading
from zdpipe.records.normalize import Normalized, normalize
from zdpipe.records.rules import rules_for

FIELD = "user_fields.x"
LANDS = {"Bayern": "BY", " Freistaat  Bayern ": "BY", "Baden-Württemberg": "BW"}


def found(column: pl.Series, kind: Kind, values: dict[str, str]) -> Normalized:
    frame = pl.DataFrame({"external_id": [str(n) for n in range(len(column))], "name": ["A"] * len(column)})
    frame = frame.with_columns(column.alias(FIELD))
    return normalize(
        frame, 1, rules_for(frame.schema, {FIELD: (kind, None)}, readings={FIELD: Reading(values)})
    )


@pytest.mark.parametrize(
    ("kind", "values", "given", "sent"),
    [
        (
            Kind.STATE,
            LANDS,
            texts("bayern", "freistaat BAYERN", "by", "Texas"),
            ['"BY"', '"BY"', '"BY"', '"TX"'],
        ),
        (Kind.STATE, LANDS, texts("baden-württemberg ", "BW", "CA"), ['"BW"', '"BW"', '"CA"']),
        (
            Kind.BOOLEAN,
            {"ja": "true", "nein": "false"},
            texts("Ja", "NEIN", "yes"),
            ["true", "false", "true"],
        ),
        (Kind.TEXT, {"M": "male"}, texts("m", "M ", "mm"), ['"male"', '"male"', '"mm"']),
        (Kind.INTEGER, {"none": "0"}, texts("None", "3"), ["0", "3"]),
        (Kind.TEXT, {"1": "one"}, pl.Series([1, 2]), ['"one"', '"2"']),
        (Kind.INTEGER, {"1": "10"}, pl.Series([1, 2]), ["10", "2"]),
        (Kind.TEXT_LIST, {"vip": "gold"}, texts("a, VIP"), ['["a","gold"]']),
    ],
)
def test_a_spelling_stands_for_its_value(
    kind: Kind, values: dict[str, str], given: pl.Series, sent: list[Any]
) -> None:
    normalized = found(given, kind, values)
    assert normalized.records[FIELD].to_list() == sent
    assert normalized.warnings.is_empty()


def test_a_state_that_nobody_named_is_still_a_warning() -> None:
    warnings = found(texts("Hessen"), Kind.STATE, LANDS).warnings
    assert warnings.select("reason", "value").rows() == [("invalid_state", "Hessen")]


def test_a_state_is_named_by_two_capitals() -> None:
    with pytest.raises(ProjectError, match="'Bavaria'") as caught:
        found(texts("x"), Kind.STATE, {"Bayern": "Bavaria"})
    assert "two capitals" in caught.value.hint


@pytest.mark.parametrize("column", ["external_id", "email", "name"])
def test_who_somebody_is_has_no_other_spellings(column: str) -> None:
    with pytest.raises(ProjectError, match=column):
        rules_for(pl.Schema({column: pl.String}), readings={column: Reading({"a": "b"})})
