"""How a value was changed, told from both its ends."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe.model.fields import Kind
from zdpipe.model.journey import Treatment
from zdpipe.records.normalize import normalize
from zdpipe.records.rules import rules_for
from zdpipe.records.treatment import treatments


@pytest.mark.parametrize(
    ("kind", "source", "value", "told"),
    [
        (Kind.TEXT, None, None, ()),
        (Kind.TEXT, " \u00a0", None, (Treatment.BLANK,)),
        (Kind.TEXT, "Oslo", '"Oslo"', (Treatment.AS_IT_IS,)),
        (Kind.TEXT, " Oslo", '"Oslo"', (Treatment.TRIMMED,)),
        (Kind.TEXT, "Os\u0007lo", '"Oslo"', (Treatment.CHARACTERS_DROPPED,)),
        (Kind.TEXT, " Gold ", '"tier_1"', (Treatment.TRIMMED, Treatment.TRANSLATED)),
        (Kind.NAME, "Jane  Doe ", '"Jane Doe"', (Treatment.TRIMMED, Treatment.BLANKS_FOLDED)),
        (Kind.EMAIL, "Jane@X.org", '"jane@x.org"', (Treatment.LOWER_CASE,)),
        (Kind.EMAIL, "jane@müller.example", '"jane@xn--mller-kva.example"', (Treatment.ADDRESS,)),
        (Kind.PHONE, "(206) 342-8631", '"+12063428631"', (Treatment.E164,)),
        (Kind.PHONE, "nonsense", None, (Treatment.LEFT_OUT,)),
        (Kind.STATE, "Washington ", '"WA"', (Treatment.TRIMMED, Treatment.TWO_CAPITALS)),
        (Kind.DECIMAL, "1.005", "1.01", (Treatment.TWO_DECIMALS,)),
        (Kind.DECIMAL, "1.50", "1.50", (Treatment.AS_IT_IS,)),
        (Kind.INTEGER, "12.0", "12", (Treatment.WHOLE_NUMBER,)),
        (Kind.BOOLEAN, "yes", "true", (Treatment.TRUE_OR_FALSE,)),
        (Kind.DATE, "Jan 2, 2026", '"2026-01-02"', (Treatment.DATE,)),
        (Kind.TEXT_LIST, "a, b", '["a","b"]', (Treatment.LIST,)),
    ],
)
def test_a_change_is_told(
    kind: Kind, source: str | None, value: str | None, told: tuple[Treatment, ...]
) -> None:
    assert treatments(kind, source, value) == told


@given(
    st.sampled_from([kind for kind in Kind if kind is not Kind.TEXT_LIST]),
    st.none()
    | st.text(max_size=20)
    | st.sampled_from(["1,234.5", " 2026-01-02", "yes", "ny", "+1 206 342 8631"]),
)
def test_something_is_said_of_every_value_but_null(kind: Kind, source: str | None) -> None:
    column = "user_fields.x"
    frame = pl.DataFrame(
        {"external_id": ["a"], "name": ["A"], column: [source]}, schema_overrides={column: pl.String}
    )
    rules = rules_for(frame.schema, {column: (kind, None)})
    value = normalize(frame, 1, rules).records[column][0]
    told = treatments(kind, source, value)
    assert bool(told) == (source is not None)
    assert (Treatment.LEFT_OUT in told or Treatment.BLANK in told) == (value is None and source is not None)
