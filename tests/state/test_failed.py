"""Who failed in a run, by its results and its outbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.delivery.world import address, batches_of, people, write_outbox
from zdpipe.errors import StateError
from zdpipe.model.batch import Batch, BatchState, ItemResult, ItemStatus, OutboxItem
from zdpipe.state.batches import BatchStore
from zdpipe.state.database import open_database, transaction
from zdpipe.state.failed import failed_objects, failed_people, first_failures
from zdpipe.state.runs import NewRun, insert_run

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RUN = "one"
Failed = dict[tuple[int, int], tuple[str | None, str]]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "state.sqlite")) as opened:
        yield opened


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox.parquet"


def enqueue(connection: sqlite3.Connection, batches: Sequence[Batch], run_id: str = RUN) -> BatchStore:
    insert_run(connection, NewRun(run_id, "q.sql", "production", "acme", "SELECT 1", NOW))
    store = BatchStore(connection, run_id, "acme")
    with transaction(connection):
        store.enqueue(batches)
    return store


def settle(store: BatchStore, batch: Batch, failed: Failed) -> None:
    """Bring a batch through a job of its own; those named fail with a reason and words."""
    store.mark_sending(batch, NOW, None)
    store.mark_accepted(store.get(*batch.key), f"job-{batch.number}-{batch.first}")
    results = []
    for position in range(batch.first, batch.first + batch.users):
        reason, words = failed.get((batch.number, position), (None, ""))
        status = ItemStatus.FAILED if (batch.number, position) in failed else ItemStatus.CREATED
        results.append(ItemResult(position, status, None, reason, words or None))
    store.settle(store.get(*batch.key), results, NOW)


def record(connection: sqlite3.Connection, items: Sequence[OutboxItem], failed: Failed) -> None:
    batches = batches_of(items)
    store = enqueue(connection, batches)
    for batch in batches:
        settle(store, batch, failed)


@pytest.mark.parametrize("row_group_size", [3, 10_240])
def test_each_failed_object_has_its_row_words_job_and_payload(
    connection: sqlite3.Connection, outbox: Path, row_group_size: int
) -> None:
    items = people(35, size=10)
    write_outbox(outbox, items, row_group_size)
    record(connection, items, {(3, 4): ("email_taken", "Taken."), (1, 2): (None, "")})
    first, second = failed_objects(connection, RUN, outbox).to_dicts()
    assert first == {
        "row": items[2].row,
        "key": items[2].key,
        "sending": "create",
        "reason": "other",
        "details": None,
        "job_id": "job-1-0",
        "batch": 1,
        "position": 2,
        "payload": items[2].payload,
    }
    assert (second["payload"], second["job_id"]) == (items[24].payload, "job-3-0")
    assert (second["reason"], second["details"]) == ("email_taken", "Taken.")


@settings(max_examples=30, deadline=None)
@given(failed=st.sets(st.tuples(st.integers(1, 4), st.integers(0, 6))), group=st.integers(1, 30))
def test_nobody_is_forgotten_and_nobody_added(
    tmp_path_factory: pytest.TempPathFactory, failed: set[tuple[int, int]], group: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    items = people(28, size=7)
    write_outbox(folder / "outbox.parquet", items, group)
    with closing(open_database(folder / "state.sqlite")) as connection:
        record(connection, items, dict.fromkeys(failed, ("refused", "No.")))
        found = failed_objects(connection, RUN, folder / "outbox.parquet")
        named = failed_people(connection, RUN, folder / "outbox.parquet")
    expected = [item for item in items if (item.batch, item.position) in failed]
    assert found["payload"].to_list() == [item.payload for item in expected]
    assert named["key"].to_list() == [item.key for item in expected]


def test_the_parts_of_a_split_batch_keep_their_own_jobs(connection: sqlite3.Connection, outbox: Path) -> None:
    items = people(10, size=10)
    write_outbox(outbox, items)
    store = enqueue(connection, batches_of(items))
    store.mark_sending(store.get(1), NOW, None)
    store.split(store.get(1), 5)
    for first in (0, 5):
        settle(store, store.get(1, first), {(1, 1): ("refused", "No."), (1, 7): ("refused", "No.")})
    assert failed_objects(connection, RUN, outbox)["job_id"].to_list() == ["job-1-0", "job-1-5"]


def test_what_was_held_back_was_in_no_job_and_belongs_to_its_person(
    connection: sqlite3.Connection, outbox: Path
) -> None:
    leads = people(2, size=2)
    items = [*leads, address(leads[1], 2, 0, "more@example.com")]
    write_outbox(outbox, items)
    failed: Failed = {(1, 1): ("email_taken", "Taken."), (2, 0): ("lead_failed", "Not sent.")}
    record(connection, items, failed)
    found = failed_objects(connection, RUN, outbox)
    assert found["job_id"].to_list() == ["job-1-0", None]
    assert found["sending"].to_list() == ["create", "email"]
    assert failed_people(connection, RUN, outbox).rows() == [(leads[1].key, False)]


def test_the_first_people_come_with_all_their_objects(connection: sqlite3.Connection, outbox: Path) -> None:
    leads = people(4, size=4)
    items = [*leads, address(leads[0], 2, 0, "more@example.com")]
    write_outbox(outbox, items)
    everything: Failed = {(item.batch, item.position): ("refused", "No.") for item in items}
    record(connection, items, everything)
    found = failed_objects(connection, RUN, outbox, people=2)
    assert found["key"].to_list() == [leads[0].key, leads[1].key, leads[0].key]


def test_other_runs_failures_are_theirs(connection: sqlite3.Connection, outbox: Path) -> None:
    items = people(3, size=3)
    write_outbox(outbox, items)
    record(connection, items, {(1, 0): ("refused", "No.")})
    settle(enqueue(connection, batches_of(items), "two"), batches_of(items)[0], {(1, 2): ("refused", "No.")})
    assert failed_people(connection, RUN, outbox)["key"].to_list() == [items[0].key]


def test_the_first_failure_of_each_reason(connection: sqlite3.Connection, outbox: Path) -> None:
    items = people(4, size=2)
    write_outbox(outbox, items)
    record(
        connection,
        items,
        {(1, 1): ("refused", "A."), (2, 0): ("email_taken", "B."), (2, 1): ("refused", "C.")},
    )
    found = first_failures(connection, RUN, outbox).select("reason", "details", "payload")
    assert found.rows() == [("refused", "A.", items[1].payload), ("email_taken", "B.", items[2].payload)]


@pytest.mark.parametrize("content", [None, b"", b"PAR1 and nonsense PAR1"])
def test_without_its_files_only_the_words_are_left(
    connection: sqlite3.Connection, outbox: Path, content: bytes | None
) -> None:
    items = people(1)
    record(connection, items, {(1, 0): ("refused", "No.")})
    if content is not None:
        outbox.write_bytes(content)
    code = "files_gone" if content is None else "outbox_damaged"
    for ask in (failed_objects, failed_people):
        with pytest.raises(StateError) as caught:
            ask(connection, RUN, outbox)
        assert caught.value.code == code
    (left,) = first_failures(connection, RUN, outbox).to_dicts()
    assert (left["details"], left["payload"]) == ("No.", None)


def test_an_outbox_that_lacks_somebody_is_damaged(connection: sqlite3.Connection, outbox: Path) -> None:
    items = people(2)
    write_outbox(outbox, items[:1])
    record(connection, items, {(1, 0): ("refused", "No."), (1, 1): ("refused", "No.")})
    with pytest.raises(StateError, match="lacks 1 of the users"):
        failed_people(connection, RUN, outbox)


def test_without_failures_no_file_is_needed(connection: sqlite3.Connection, outbox: Path) -> None:
    store = enqueue(connection, [Batch(1, 1, BatchState.READY)])
    settle(store, store.get(1), {})
    assert failed_objects(connection, RUN, outbox).is_empty()
    assert failed_people(connection, RUN, outbox).is_empty()
    assert first_failures(connection, RUN, outbox).is_empty()
