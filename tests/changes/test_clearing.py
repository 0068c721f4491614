"""Nulls where the account has a value of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from tests.changes.rows import Known, Row, frame, write_known
from zdpipe.changes.workspace import Wanted, Workspace
from zdpipe.clock import SystemClock
from zdpipe.model.resources import Resources

FIELDS = ("name", "phone", "user_fields.city", "role")
FULL = {"name": "Ann", "phone": "+12065550100", "user_fields.city": "Ulm", "role": "end-user"}


@contextmanager
def compared(
    folder: Path,
    rows: Sequence[Row],
    known: Path | None,
    unreadable: Sequence[tuple[int, str]] = (),
    *,
    full: bool = False,
) -> Iterator[Workspace]:
    resources = Resources("200MB", folder / "tmp", 2)
    wanted = Wanted(FIELDS, skip_verify_email=False, full=full)
    with Workspace.open(
        folder / "work.duckdb", wanted, resources, known=known, clock=SystemClock()
    ) as workspace:
        workspace.stage(frame(rows, FIELDS))
        workspace.stage_unreadable(
            pl.DataFrame(unreadable, schema={"row": pl.Int64, "column": pl.String}, orient="row")
        )
        workspace.resolve()
        yield workspace


def known_people(folder: Path, *keys: str) -> Path:
    return write_known(folder / "known.duckdb", {key: Known(key, None, frozenset(), FULL) for key in keys})


def test_a_person_counts_once_however_many_values_are_null(tmp_path: Path) -> None:
    known = known_people(tmp_path, "a", "b", "c")
    rows = [
        Row("a", None, FULL | {"phone": None, "user_fields.city": None}),
        Row("b", None, FULL | {"phone": None}),
        Row("c", None, FULL),
        Row("d", None, {"name": "New"}),
    ]
    with compared(tmp_path, rows, known) as workspace:
        assert workspace.cleared() == 2
        assert workspace.known() == (3, 0)


def test_what_nobody_could_read_clears_nothing(tmp_path: Path) -> None:
    known = known_people(tmp_path, "a", "b")
    rows = [
        Row("a", None, FULL | {"phone": None}),
        Row("b", None, FULL | {"phone": None, "user_fields.city": None}),
    ]
    with compared(tmp_path, rows, known, [(0, "phone"), (1, "phone")]) as workspace:
        assert workspace.cleared() == 1


def test_names_and_roles_are_never_cleared(tmp_path: Path) -> None:
    known = known_people(tmp_path, "a")
    with compared(tmp_path, [Row("a", None, FULL | {"role": None})], known) as workspace:
        assert workspace.cleared() == 0


def test_nobody_known_loses_anything(tmp_path: Path) -> None:
    with compared(tmp_path, [Row("a", None, {"name": "Ann"})], None) as workspace:
        assert (workspace.cleared(), workspace.known()) == (0, (0, 0))


def test_who_is_sent_again_because_all_are_does_not_change(tmp_path: Path) -> None:
    known = known_people(tmp_path, "a", "b")
    rows = [Row("a", None, FULL), Row("b", "b@x.org", FULL), Row("c", None, FULL)]
    for full in (False, True):
        with compared(tmp_path, rows, known, full=full) as workspace:
            assert workspace.known() == (2, 1)
