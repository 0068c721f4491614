from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from zdpipe.errors import StateError
from zdpipe.model.batch import MOVES, Batch, BatchState, ItemResult, ItemStatus
from zdpipe.state.batches import _CREATED_BY_OTHERS, BatchStore
from zdpipe.state.database import open_database, transaction
from zdpipe.state.runs import NewRun, insert_run

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ZENDESK_NOW = NOW + timedelta(seconds=90)
RESULTS = (
    ItemResult(0, ItemStatus.CREATED, 11),
    ItemResult(1, ItemStatus.UPDATED, 12),
    ItemResult(2, ItemStatus.FAILED, None, "email_taken", "Email: taken"),
)


def new_run(connection: sqlite3.Connection, run_id: str = "run") -> BatchStore:
    insert_run(connection, NewRun(run_id, "q.sql", "d", "acme", "SELECT 1", NOW))
    return BatchStore(connection, run_id, "acme")


def enqueue(connection: sqlite3.Connection, store: BatchStore, *after: int) -> None:
    with transaction(connection):
        store.enqueue(Batch(n, 3, BatchState.READY, a) for n, a in enumerate(after, start=1))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "state.sqlite")) as opened:
        yield opened


@pytest.fixture
def store(connection: sqlite3.Connection) -> BatchStore:
    return new_run(connection)


MARKS: dict[BatchState, Callable[[BatchStore, Batch], None]] = {
    BatchState.READY: lambda store, batch: store.mark_ready(batch),
    BatchState.SENDING: lambda store, batch: store.mark_sending(batch, NOW, ZENDESK_NOW),
    BatchState.ACCEPTED: lambda store, batch: store.mark_accepted(batch, f"V3-{batch.number}"),
    BatchState.UNSURE: lambda store, batch: store.mark_unsure(batch),
    BatchState.SETTLED: lambda store, batch: store.settle(batch, RESULTS, NOW),
}
WAYS = {
    BatchState.READY: [],
    BatchState.SENDING: [BatchState.SENDING],
    BatchState.ACCEPTED: [BatchState.SENDING, BatchState.ACCEPTED],
    BatchState.UNSURE: [BatchState.SENDING, BatchState.UNSURE],
    BatchState.SETTLED: [BatchState.SENDING, BatchState.ACCEPTED, BatchState.SETTLED],
}


@pytest.mark.parametrize("to", BatchState)
@pytest.mark.parametrize("start", BatchState)
def test_only_the_moves_that_are_allowed_are_possible(
    connection: sqlite3.Connection, store: BatchStore, start: BatchState, to: BatchState
) -> None:
    enqueue(connection, store, 0)
    for state in WAYS[start]:
        MARKS[state](store, store.get(1))
    assert store.get(1).state is start
    if (start, to) in MOVES:
        MARKS[to](store, store.get(1))
        assert store.get(1).state is to
    else:
        with pytest.raises(StateError, match=f"cannot go from {start} to {to}"):
            MARKS[to](store, store.get(1))
        assert store.get(1).state is start


def test_a_batch_that_moved_meanwhile_is_not_moved_again(
    connection: sqlite3.Connection, store: BatchStore
) -> None:
    enqueue(connection, store, 0)
    stale = store.get(1)
    store.mark_sending(stale, NOW, None)
    with pytest.raises(StateError, match="no longer ready"):
        store.mark_sending(stale, NOW, None)


def test_every_move_is_seen_by_others_once_it_returns(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with closing(open_database(path)) as writer, closing(open_database(path)) as reader:
        store, seen = new_run(writer), BatchStore(reader, "run", "acme")
        enqueue(writer, store, 0)
        for state in WAYS[BatchState.SETTLED]:
            MARKS[state](store, store.get(1))
            assert seen.get(1) == store.get(1)
        assert seen.results(1) == list(RESULTS)


def test_results_come_with_the_last_move_or_not_at_all(
    connection: sqlite3.Connection, store: BatchStore
) -> None:
    enqueue(connection, store, 0)
    for state in WAYS[BatchState.ACCEPTED]:
        MARKS[state](store, store.get(1))
    with pytest.raises(sqlite3.IntegrityError):
        store.settle(store.get(1), [RESULTS[0], RESULTS[0]], NOW)
    assert store.get(1).state is BatchState.ACCEPTED
    assert store.results(1) == []


def test_sendings_surely_not_taken_are_as_if_they_had_not_been(
    connection: sqlite3.Connection, store: BatchStore
) -> None:
    enqueue(connection, store, 0)
    store.mark_sending(store.get(1), NOW, ZENDESK_NOW - timedelta(hours=1))
    store.mark_ready(store.get(1))
    assert (store.get(1).attempts, store.get(1).first_sent_at) == (0, None)
    store.mark_sending(store.get(1), NOW, ZENDESK_NOW)
    store.mark_unsure(store.get(1))
    store.mark_ready(store.get(1))
    store.mark_sending(store.get(1), NOW, ZENDESK_NOW + timedelta(hours=1))
    store.mark_ready(store.get(1))
    batch = store.get(1)
    assert (batch.attempts, batch.first_sent_at, batch.was_unsure) == (1, ZENDESK_NOW, True)


def test_users_of_a_job_that_died_may_have_been_written(
    connection: sqlite3.Connection, store: BatchStore
) -> None:
    enqueue(connection, store, 0)
    for state in WAYS[BatchState.ACCEPTED]:
        MARKS[state](store, store.get(1))
    store.mark_ready(store.get(1))
    batch = store.get(1)
    assert (batch.was_unsure, batch.job_id, batch.attempts) == (True, None, 1)


def test_a_batch_waits_for_all_before_the_one_it_follows(
    connection: sqlite3.Connection, store: BatchStore
) -> None:
    enqueue(connection, store, 0, 0, 1, 2, 0)
    order = []
    while (batch := store.next_ready()) is not None:
        order.append(batch.number)
        store.mark_sending(batch, NOW, None)
        if batch.number == 2:
            store.settle(store.get(2), RESULTS, NOW)
    assert order == [1, 2, 5], "batch 4 follows 2, and 1 before it is not settled"
    store.settle(store.get(1), RESULTS, NOW)
    assert store.next_ready() == store.get(3)


def test_runs_do_not_see_each_others_batches(connection: sqlite3.Connection, store: BatchStore) -> None:
    other = new_run(connection, "other")
    enqueue(connection, other, 0, 0)
    assert (store.left(), store.any_left(), store.next_ready(), store.largest_left()) == (0, False, None, 0)
    assert (other.left(), other.any_left(), other.largest_left()) == (2, True, 3)


def test_failures_are_listed_and_counted_by_reason(connection: sqlite3.Connection, store: BatchStore) -> None:
    enqueue(connection, store, 0, 0)
    for number in (1, 2):
        store.mark_sending(store.get(number), NOW, None)
        store.settle(store.get(number), RESULTS, NOW)
    assert store.failure_counts() == {"email_taken": 2}
    assert list(store.failures()) == [(1, RESULTS[2]), (2, RESULTS[2])]
    assert list(store.failures(1)) == [(1, RESULTS[2])]


def test_settled_batches_are_given_out_until_they_are_merged(
    connection: sqlite3.Connection, store: BatchStore
) -> None:
    enqueue(connection, store, 0, 0, 0)
    for number in (3, 1):
        store.mark_sending(store.get(number), NOW, None)
        store.settle(store.get(number), RESULTS, NOW)
    unmerged = list(store.unmerged())
    assert [(batch.batch, batch.acknowledged_at) for batch in unmerged] == [(1, NOW), (3, NOW)]
    assert unmerged[0].results == list(RESULTS)
    store.mark_merged([1])
    assert [batch.batch for batch in store.unmerged()] == [3]


def test_the_slowest_job_is_the_accounts_and_counts_only_what_was_watched(
    connection: sqlite3.Connection, store: BatchStore
) -> None:
    enqueue(connection, store, 0, 0)
    for number, seconds in ((1, None), (2, 4.5)):
        for state in WAYS[BatchState.ACCEPTED]:
            MARKS[state](store, store.get(number))
        assert store.slowest_job() is None
        store.settle(store.get(number), RESULTS, NOW, seconds)
    assert store.slowest_job() == 4.5
    assert new_run(connection, "later").slowest_job() == 4.5
    assert BatchStore(connection, "run", "other").slowest_job() is None


def test_a_hundred_thousand_batches_cost_little_each(connection: sqlite3.Connection) -> None:
    """The worst case for the order: everything but one batch settled, ten thousand waiting for it."""
    store = new_run(connection)
    with transaction(connection):
        store.enqueue(Batch(n, 100, BatchState.READY, 0) for n in range(1, 90_001))
        store.enqueue(Batch(n, 100, BatchState.READY, n - 10_000) for n in range(90_001, 100_001))
        connection.execute("UPDATE batches SET state = 'settled' WHERE number < 90000")
        connection.execute("UPDATE batches SET state = 'accepted' WHERE number = 90000")
        connection.execute("UPDATE batches SET after = 90000 WHERE number > 90000")
    for question in (store.next_ready, store.any_left):
        began = perf_counter()
        for _ in range(5):
            assert not question() or question == store.any_left
        assert (perf_counter() - began) / 5 < 1
    began = perf_counter()
    store.settle(store.get(90_000), [ItemResult(n, ItemStatus.CREATED, n) for n in range(100)], NOW, 1.0)
    batch = store.next_ready()
    assert batch is not None
    assert batch.number == 90_001
    assert perf_counter() - began < 5


BATCHES = 6
AFTER = {4: 1, 5: 3, 6: 4}
numbers = st.integers(1, BATCHES)


class Deliveries(RuleBasedStateMachine):
    """A store against a plain dict of batches; every step goes through a fresh connection."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._path = Path(self._folder.name) / "state.sqlite"
        self.model: dict[int, Batch] = {}

    def teardown(self) -> None:
        self._folder.cleanup()

    @initialize()
    def plan(self) -> None:
        self.model = {n: Batch(n, 3, BatchState.READY, AFTER.get(n, 0)) for n in range(1, BATCHES + 1)}
        with closing(open_database(self._path)) as connection:
            store = new_run(connection)
            with transaction(connection):
                store.enqueue(self.model.values())

    @rule(number=numbers, to=st.sampled_from(BatchState))
    def move(self, number: int, to: BatchState) -> None:
        before = self.model[number]
        with closing(open_database(self._path)) as connection:
            store = BatchStore(connection, "run", "acme")
            if (before.state, to) not in MOVES:
                with pytest.raises(StateError):
                    MARKS[to](store, before)
                return
            MARKS[to](store, before)
        self.model[number] = after(before, to)

    @rule()
    @precondition(lambda self: self.ready())
    def send_next(self) -> None:
        with closing(open_database(self._path)) as connection:
            store = BatchStore(connection, "run", "acme")
            batch = store.next_ready()
            assert batch == self.ready()[0]
            store.mark_sending(batch, NOW, ZENDESK_NOW)
        self.model[batch.number] = after(batch, BatchState.SENDING)

    def ready(self) -> list[Batch]:
        return [
            batch
            for batch in self.model.values()
            if batch.state is BatchState.READY
            and all(self.model[n].state is BatchState.SETTLED for n in range(1, batch.after + 1))
        ]

    @invariant()
    def both_agree(self) -> None:
        if not self.model:
            return
        with closing(open_database(self._path)) as connection:
            store = BatchStore(connection, "run", "acme")
            assert store.load(*BatchState) == list(self.model.values())
            unsettled = [b for b in self.model.values() if b.state is not BatchState.SETTLED]
            assert store.left() == len(unsettled)
            assert store.any_left() is bool(unsettled)
            assert store.next_ready() == next(iter(self.ready()), None)
            for number, batch in self.model.items():
                assert bool(store.results(number)) is (batch.state is BatchState.SETTLED)


def after(batch: Batch, to: BatchState) -> Batch:
    """Say in plain words what a move changes."""
    changes: dict[str, object] = {}
    match batch.state, to:
        case _, BatchState.SENDING:
            first = batch.first_sent_at or ZENDESK_NOW
            changes = {
                "attempts": batch.attempts + 1,
                "sent_at": NOW,
                "first_sent_at": first,
                "job_id": None,
            }
        case _, BatchState.ACCEPTED:
            changes = {"job_id": f"V3-{batch.number}", "times_accepted": batch.times_accepted + 1}
        case _, BatchState.UNSURE:
            changes = {"was_unsure": True}
        case BatchState.SENDING, BatchState.READY:
            first_sent = batch.first_sent_at if batch.attempts > 1 else None
            changes = {"attempts": batch.attempts - 1, "first_sent_at": first_sent}
        case BatchState.ACCEPTED, BatchState.READY:
            changes = {"job_id": None, "was_unsure": True}
        case BatchState.UNSURE, BatchState.READY:
            changes = {"job_id": None}
    return replace(batch, state=to, **changes)


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)


def split_while_sending(connection: sqlite3.Connection, store: BatchStore, position: int) -> None:
    enqueue(connection, store, 0, 1)
    store.mark_sending(store.get(1), NOW, ZENDESK_NOW)
    store.split(store.get(1), position)


def test_a_split_batch_has_two_ready_parts_that_were_never_sent(
    connection: sqlite3.Connection, store: BatchStore
) -> None:
    split_while_sending(connection, store, 1)
    parts = [batch for batch in store.load(BatchState.READY) if batch.number == 1]
    assert [(part.key, part.users, part.attempts, part.first_sent_at) for part in parts] == [
        ((1, 0), 1, 0, None),
        ((1, 1), 2, 0, None),
    ]
    assert [position for position in range(4) if parts[1].holds(position)] == [1, 2]


def test_parts_keep_what_is_known_of_earlier_sendings(
    connection: sqlite3.Connection, store: BatchStore
) -> None:
    enqueue(connection, store, 0)
    store.mark_sending(store.get(1), NOW, ZENDESK_NOW)
    store.mark_unsure(store.get(1))
    store.mark_ready(store.get(1))
    store.mark_sending(store.get(1), NOW, ZENDESK_NOW + timedelta(hours=1))
    store.split(store.get(1), 2)
    for part in (store.get(1), store.get(1, 2)):
        assert (part.was_unsure, part.attempts, part.first_sent_at) == (True, 1, ZENDESK_NOW)


@pytest.mark.parametrize("position", [0, 3, 4])
def test_a_batch_is_only_split_inside(
    connection: sqlite3.Connection, store: BatchStore, position: int
) -> None:
    with pytest.raises(StateError, match="cannot be split"):
        split_while_sending(connection, store, position)


def test_a_batch_that_is_not_under_way_is_not_split(
    connection: sqlite3.Connection, store: BatchStore
) -> None:
    enqueue(connection, store, 0)
    with pytest.raises(StateError, match="cannot go from ready"):
        store.split(store.get(1), 1)


def test_followers_and_the_memory_wait_for_every_part(
    connection: sqlite3.Connection, store: BatchStore
) -> None:
    split_while_sending(connection, store, 1)
    settle_alone(store, 1, RESULTS[0])
    assert store.next_ready() == store.get(1, 1)
    assert list(store.unmerged()) == []
    settle_alone(store, 1, *RESULTS[1:])
    (settled,) = store.unmerged()
    assert (settled.batch, settled.results) == (1, list(RESULTS))
    assert store.next_ready() == store.get(2)
    store.mark_merged([1])
    assert list(store.unmerged()) == []


def settle_alone(store: BatchStore, number: int, *results: ItemResult) -> None:
    part = store.get(number, results[0].position)
    store.mark_sending(part, NOW, ZENDESK_NOW)
    store.mark_accepted(store.get(*part.key), f"V3-{part.key}")
    store.settle(store.get(*part.key), results, NOW)


def settled_by(connection: sqlite3.Connection, run_id: str) -> BatchStore:
    """Return a run whose results are RESULTS: it created 11."""
    other = new_run(connection, run_id)
    enqueue(connection, other, 0)
    other.mark_sending(other.get(1), NOW, ZENDESK_NOW)
    other.mark_accepted(other.get(1), f"V3-{run_id}")
    other.settle(other.get(1), RESULTS, NOW)
    return other


def end(connection: sqlite3.Connection, run_id: str, ended: datetime) -> None:
    with transaction(connection):
        connection.execute("UPDATE runs SET finished_at = ? WHERE run_id = ?", (ended.isoformat(), run_id))


def test_whom_a_later_or_unfinished_run_created_is_told(connection: sqlite3.Connection) -> None:
    settled_by(connection, "earlier, unfinished")
    mine = new_run(connection)
    assert mine.created_by_others({10, 11, 12}) == {11}
    end(connection, "earlier, unfinished", NOW - timedelta(days=1))
    assert mine.created_by_others({11}) == set()
    settled_by(connection, "later")
    end(connection, "later", NOW - timedelta(days=1))  # the clock was set back
    assert mine.created_by_others({11}) == {11}


def test_neither_the_run_itself_nor_another_account_counts_as_others(connection: sqlite3.Connection) -> None:
    mine = settled_by(connection, "mine")
    settled_by(connection, "elsewhere")
    with transaction(connection):
        connection.execute("UPDATE runs SET account = 'elsewhere' WHERE run_id = 'elsewhere'")
    assert mine.created_by_others({11}) == set()
    assert mine.created_by_others(set()) == set()


def test_old_results_cost_nothing_when_others_are_asked_for(connection: sqlite3.Connection) -> None:
    """Of a long history only the runs since this one began are looked into."""
    plan = connection.execute(f"EXPLAIN QUERY PLAN {_CREATED_BY_OTHERS}", {"run": "x", "users": "[]"})
    steps = [str(row["detail"]) for row in plan.fetchall()]
    assert not [step for step in steps if step.startswith(("SCAN results", "SCAN batches"))], steps
