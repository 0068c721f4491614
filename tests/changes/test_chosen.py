"""Some people of a query fare as they would among all, and nobody else is touched."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.changes.rows import Known, Row, frame, write_known
from tests.changes.strategies import FIELDS, Table, tables
from zdpipe.changes.chosen import Chosen
from zdpipe.changes.totals import Totals
from zdpipe.changes.workspace import Wanted, Workspace
from zdpipe.clock import SystemClock
from zdpipe.model.resources import Resources

slow = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ANN, BOB = {"name": "Ann"}, {"name": "Bob"}


@dataclass(frozen=True)
class Resolved:
    """What a workspace has to say of the people chosen, or of all."""

    chosen: Chosen | None
    totals: Totals
    items: pl.DataFrame
    remarks: list[tuple[object, ...]]
    kept: list[int]

    @property
    def sent(self) -> list[tuple[str, str, str]]:
        return [tuple(row) for row in self.items.select("key", "sending", "payload").iter_rows()]

    def of(self, people: Collection[str]) -> list[tuple[str, str, str]]:
        return [item for item in self.sent if item[0] in people]


def resolve(
    rows: list[Row],
    people: Mapping[str, bool] | None = None,
    known: Mapping[str, Known] | None = None,
    *,
    rejected: Collection[str] = (),
    warned: Collection[int] = (),
    full: bool = False,
) -> Resolved:
    """Resolve rows for some people: key, and whether an address was all their identity."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = write_known(folder / "known.duckdb", known) if known else None
        with Workspace.open(
            folder / "work.duckdb",
            Wanted(FIELDS, skip_verify_email=False, full=full),
            Resources("200MB", folder / "tmp", 2),
            known=file,
            clock=SystemClock(),
        ) as workspace:
            if people is not None:
                workspace.choose(_frame(people))
                workspace.stage_warnings(_warnings(rows, warned))
            workspace.stage(frame(rows, FIELDS))
            workspace.stage_rejected(pl.Series(list(rejected), dtype=pl.String))
            chosen = workspace.compare()
            workspace.order()
            workspace.write_outbox(folder / "outbox.parquet", 100)
            return Resolved(
                chosen,
                workspace.totals(),
                pl.read_parquet(folder / "outbox.parquet"),
                pl.concat(workspace.warnings()).rows(),
                [] if people is None else pl.concat(workspace.kept_warnings())["row"].to_list(),
            )


def _frame(people: Mapping[str, bool]) -> pl.DataFrame:
    table = {"key": list(people), "by_address": list(people.values())}
    return pl.DataFrame(table, schema={"key": pl.String, "by_address": pl.Boolean})


def _warnings(rows: list[Row], warned: Collection[int]) -> pl.DataFrame:
    columns = ["row", "key", "reason", "column", "value", "fits"]
    remarks = [(row, rows[row].key, "invalid_phone", "phone", "12", None) for row in warned]
    schema = {name: pl.Int64 if name == "row" else pl.String for name in columns}
    return pl.DataFrame(remarks, schema=schema, orient="row")


@slow
@given(tables(), st.booleans(), st.data())
def test_the_chosen_fare_as_they_would_among_all(table: Table, full: bool, data: st.DataObject) -> None:
    rows, known = table
    everybody = resolve(rows, known=known, full=full)
    sent = {item["key"]: item["external_id"] is None for item in everybody.items.iter_rows(named=True)}
    names = data.draw(st.sets(st.sampled_from(sorted(sent)))) if sent else set()
    some = resolve(rows, {name: sent[name] for name in names}, known, full=full)
    assert sorted(some.sent) == sorted(everybody.of(names))
    assert some.remarks == [remark for remark in everybody.remarks if remark[1] in names]
    assert some.chosen is not None
    assert (some.chosen.people, some.chosen.missing) == (len(names), 0)
    assert some.chosen.rows == some.totals.duplicate + some.totals.unchanged + len(some.items)


def test_without_a_choice_everybody_counts() -> None:
    assert resolve([Row("a", None, ANN)]).chosen is None


def test_nobody_chosen_is_nobody_sent() -> None:
    found = resolve([Row("a", None, ANN)], {})
    assert (found.chosen, found.sent) == (Chosen(0, 0, 0), [])


def test_who_is_in_no_row_is_missing_and_who_was_rejected_is_not() -> None:
    people = {"a": False, "b": False, "c@x.org": True}
    assert resolve([Row("a", None, ANN)], people, rejected=["b"]).chosen == Chosen(3, 1, 1)


def test_an_address_taken_by_somebody_with_an_id_leads_to_them() -> None:
    found = resolve([Row("a1", "a@x.org", ANN), Row("b2", "b@x.org", BOB)], {"a@x.org": True})
    assert found.chosen == Chosen(1, 0, 1)
    assert [key for key, *_ in found.sent] == ["a1"]


def test_an_id_that_reads_like_an_address_leads_to_nobody_else() -> None:
    found = resolve([Row("b2", "a@x.org", BOB)], {"a@x.org": False})
    assert (found.chosen, found.sent) == (Chosen(1, 1, 0), [])


def test_a_known_id_that_reads_like_an_address_leads_to_nobody_else() -> None:
    known = {
        "a@x.org": Known("a@x.org", "b@x.org", frozenset({"b@x.org"}), BOB),
        "c3": Known("c3", "a@x.org", frozenset({"a@x.org"}), BOB),
    }
    rows = [Row(None, "b@x.org", ANN), Row("c3", "a@x.org", ANN)]
    # The row that was sent had an address alone, the person has an external_id all the same.
    found = resolve(rows, {"a@x.org": True}, known)
    assert found.chosen == Chosen(1, 0, 1)
    assert [key for key, *_ in found.sent] == ["a@x.org"]


def test_an_address_that_is_still_somebodys_only_name_leads_to_nobody_else() -> None:
    known = {
        "c3": Known("c3", None, frozenset({"e@x.org"}), BOB),
        "e@x.org": Known(None, "e@x.org", frozenset({"e@x.org", "c@x.org"}), BOB),
    }
    rows = [Row(None, "c@x.org", ANN), Row("c3", "e@x.org", ANN)]
    found = resolve(rows, {"e@x.org": True}, known)
    assert found.chosen == Chosen(1, 0, 1)
    assert [key for key, *_ in found.sent] == ["e@x.org"]


def test_only_warnings_about_rows_of_the_chosen_are_kept() -> None:
    rows = [Row("a", None, ANN), Row("b", None, ANN), Row("A", None, ANN)]
    assert resolve(rows, {"a": False}, warned=[2, 1, 0]).kept == [0, 2]
