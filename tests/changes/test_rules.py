"""The rules against a plain retelling of them, on random tables."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.changes.oracle import judge
from tests.changes.rows import Known, Outcome, Row, resolve, write_known
from tests.changes.strategies import FIELDS, Table, policies, tables
from zdpipe.changes import compare
from zdpipe.changes.workspace import Workspace
from zdpipe.model.policy import FieldPolicy

slow = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def run(rows: list[Row], known: dict[str, Known], **options: object) -> Outcome:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = write_known(folder / "known.duckdb", known) if known else None
        return resolve(folder, rows, fields=FIELDS, known=file, **options)


def by_person(outcome: Outcome) -> dict[str, list[tuple[int, str, str]]]:
    found = defaultdict(list)
    for item in outcome.items.iter_rows(named=True):
        found[item["key"]].append((item["row"], item["sending"], item["payload"]))
    return found


@slow
@given(tables(), policies, st.booleans(), st.booleans(), st.integers(1, 3), st.booleans())
def test_sends_and_counts_and_warns_as_the_rules_say(
    table: Table, chosen: dict[str, FieldPolicy], full: bool, skip: bool, staged_by: int, primary: bool
) -> None:
    rows, known = table
    outcome = run(
        rows,
        known,
        full=full,
        skip_verify_email=skip,
        staged_by=staged_by,
        policies=chosen,
        makes_primary=primary,
    )
    verdict = judge(rows, known, full=full, skip=skip, policies=chosen, makes_primary=primary)
    totals = outcome.totals
    assert by_person(outcome) == verdict.sent
    assert (totals.duplicate, totals.unchanged, totals.created, totals.updated) == (
        verdict.duplicate,
        verdict.unchanged,
        verdict.created,
        verdict.updated,
    )
    assert totals.duplicate + totals.unchanged + len(outcome.items) == len(rows)
    assert {remark[:3] for remark in outcome.remarks} == verdict.warnings
    assert set(outcome.items.filter("makes_primary")["key"]) == verdict.promoted
    told = [remark for remark in outcome.remarks if remark[2] != "not_empty"]
    assert len(told) == sum(reason != "not_empty" for *_, reason in verdict.warnings)


@slow
@given(tables(), st.data())
def test_the_order_of_rows_changes_nothing_that_is_sent(table: Table, data: st.DataObject) -> None:
    rows, known = table
    shuffled = data.draw(st.permutations(rows))

    def what(outcome: Outcome) -> dict[str, list[tuple[str, str]]]:
        return {key: [item[1:] for item in items] for key, items in by_person(outcome).items()}

    first, second = run(rows, known), run(shuffled, known)
    assert what(first) == what(second)
    assert first.totals == second.totals
    assert first.changed == second.changed
    assert first.examples == second.examples


@slow
@given(tables(), st.integers(1, 4))
def test_batches_are_full_and_a_person_never_overtakes_themself(table: Table, size: int) -> None:
    rows, known = table
    outcome = run(rows, known, size=size)
    places = defaultdict(list)
    for item in outcome.items.iter_rows(named=True):
        places[item["batch"]].append(item)
    before: dict[str, tuple[int, int]] = {}
    assert sorted(places) == [batch.number for batch in outcome.batches] == list(range(1, len(places) + 1))
    for batch in outcome.batches:
        items = places[batch.number]
        keys = [item["key"] for item in items]
        assert len(set(keys)) == len(keys) == batch.users <= size
        assert [item["position"] for item in items] == list(range(len(items)))
        previous = [before.get(key) for key in keys]
        assert [(item["previous_batch"], item["previous_position"]) for item in items] == [
            place or (None, None) for place in previous
        ]
        assert batch.after == max((place[0] for place in previous if place), default=0) < batch.number
        before |= {item["key"]: (batch.number, item["position"]) for item in items}


@slow
@given(tables())
def test_what_preview_shows_is_what_the_outbox_holds(table: Table) -> None:
    outcome = run(*table, size=2)
    assert outcome.payloads == outcome.items["payload"].to_list()
    for payload in outcome.payloads:
        assert json.dumps(json.loads(payload), ensure_ascii=False, separators=(",", ":")) == payload


@slow
@given(tables(), policies, st.booleans())
def test_people_who_are_compared_in_parts_fare_as_all_at_once(
    table: Table, chosen: dict[str, FieldPolicy], full: bool
) -> None:
    whole = run(*table, full=full, policies=chosen)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Workspace, "_rows_that_fit", lambda _: 1)
        patch.setattr(compare, "_SPILLED", 2)
        parts = run(*table, full=full, policies=chosen)
    assert parts.items.equals(whole.items)
    assert (parts.totals, parts.remarks, parts.changed) == (whole.totals, whole.remarks, whole.changed)
    assert (parts.examples, parts.gone) == (whole.examples, whole.gone)
