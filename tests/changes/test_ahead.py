"""A few people go ahead of all others, whole, in batches of their own."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.changes.rows import Outcome, Row, resolve, write_known
from tests.changes.strategies import FIELDS, Table, tables


def sent(outcome: Outcome) -> list[tuple[str, str, str]]:
    return sorted(outcome.sent)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), st.integers(1, 5), st.integers(1, 4))
def test_who_goes_ahead_changes_nothing_but_the_order(table: Table, size: int, ahead: int) -> None:
    rows, users = table
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known = write_known(folder / "known.duckdb", users)
        plain = resolve(folder, rows, fields=FIELDS, known=known, size=size)
        ordered = resolve(folder, rows, fields=FIELDS, known=known, size=size, ahead=ahead)
    assert sent(ordered) == sent(plain)
    assert ordered.totals == plain.totals
    people, batches = ordered.ahead
    items = ordered.items.to_dicts()
    first = {item["key"] for item in items if item["batch"] <= batches}
    rest = {item["key"] for item in items if item["batch"] > batches}
    assert people == len(first) == min(ahead, len(first | rest))
    assert not first & rest
    places = [(item["batch"], item["position"]) for item in items]
    assert places == sorted(set(places))
    assert [batch.number for batch in ordered.batches] == list(range(1, len(ordered.batches) + 1))
    assert Counter(batch for batch, _ in places) == {each.number: each.users for each in ordered.batches}
    for each in ordered.batches:
        keys = [item["key"] for item in items if item["batch"] == each.number]
        assert len(keys) == len(set(keys)) <= size
        assert each.after < each.number


def test_without_anybody_ahead_the_batches_are_all_of_one_kind(tmp_path: Path) -> None:
    outcome = resolve(tmp_path, [Row(f"id-{n}", None, {"name": "Ann"}) for n in range(5)], size=2)
    assert outcome.ahead == (0, 0)
    assert [batch.users for batch in outcome.batches] == [2, 2, 1]


def test_the_same_ones_go_ahead_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    rows = [Row(f"id-{n}", f"n{n}@x.org", {"name": "Ann"}) for n in range(20)]
    orders = [resolve(tmp_path, order, size=4, ahead=6) for order in (rows, rows[::-1])]
    first = [{key for key, *_ in outcome.sent[:6]} for outcome in orders]
    assert first[0] == first[1] != {f"id-{n}" for n in range(6)}
    assert [batch.users for batch in orders[0].batches] == [4, 2, 4, 4, 4, 2]
