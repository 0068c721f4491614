"""Prints are alike where rows are, and only there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.changes.rows import Row, frame
from zdpipe.changes.workspace import Wanted, Workspace
from zdpipe.clock import SystemClock
from zdpipe.model.resources import Resources

FIELDS = ("name", "phone")


def prints(folder: Path, rows: Sequence[Row], rejected: Sequence[str] = ()) -> tuple[str, str]:
    resources = Resources("200MB", folder / "tmp", 2)
    wanted = Wanted(FIELDS)
    with Workspace.open(
        folder / "work.duckdb", wanted, resources, known=None, clock=SystemClock()
    ) as workspace:
        workspace.stage(frame(rows, FIELDS))
        workspace.stage_rejected(pl.Series(rejected, dtype=pl.String))
        workspace.compare()
        workspace.order()
        return workspace.print_rows(), workspace.print_outgoing()


ANN = Row("a", "a@x.org", {"name": "Ann", "phone": "1"})
BOB = Row("b", "b@x.org", {"name": "Bob", "phone": None})


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    assert prints(tmp_path, [ANN, BOB], ["x", "y"]) == prints(tmp_path, [BOB, ANN], ["y", "x"])


@pytest.mark.parametrize(
    "rows",
    [
        [ANN],
        [ANN, Row("b", "b@x.org", {"name": "Bob", "phone": "2"})],
        [ANN, Row("b", None, {"name": "Bob", "phone": None})],
        [
            Row("a", "a@x.org", {"name": "Bob", "phone": "1"}),
            Row("b", "b@x.org", {"name": "Ann", "phone": None}),
        ],
        [
            Row("a", "a@x.org", {"name": "Ann", "phone": None}),
            Row("b", "b@x.org", {"name": "Bob", "phone": "1"}),
        ],
    ],
)
def test_another_row_is_another_print(tmp_path: Path, rows: list[Row]) -> None:
    before, after = prints(tmp_path, [ANN, BOB]), prints(tmp_path, rows)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_a_rejected_row_changes_the_rows_alone(tmp_path: Path) -> None:
    before, after = prints(tmp_path, [ANN]), prints(tmp_path, [ANN], ["x"])
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_nothing_has_a_print_too(tmp_path: Path) -> None:
    assert prints(tmp_path, []) == ("0:0 0:0", "0:0")


PEOPLE = st.lists(
    st.builds(
        Row,
        st.sampled_from("abcdef"),
        st.none() | st.sampled_from(["a@x.org", "b@x.org"]),
        st.fixed_dictionaries(
            {"name": st.sampled_from(["Ann", "Bob"]), "phone": st.none() | st.text(max_size=2)}
        ),
    ),
    max_size=6,
)


@settings(max_examples=15, deadline=None)
@given(PEOPLE, st.randoms())
def test_any_rows_in_any_order(rows: list[Row], dice: Random) -> None:
    with TemporaryDirectory() as folder:
        mixed = list(rows)
        dice.shuffle(mixed)
        assert prints(Path(folder), rows) == prints(Path(folder), mixed)
