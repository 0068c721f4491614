"""What Zendesk took of a run, paired with what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.delivery.world import RUN, people, write_outbox
from zdpipe.errors import StateError
from zdpipe.model.batch import Batch, BatchState, ItemResult, ItemStatus, OutboxItem
from zdpipe.model.resources import Resources
from zdpipe.state.acknowledged import Acknowledged, AcknowledgedPeople, acknowledged, people_of
from zdpipe.state.batches import BatchStore
from zdpipe.state.database import Connection, open_database, transaction
from zdpipe.state.outbox import Outbox
from zdpipe.state.runs import NewRun, insert_run
from zdpipe.state.settled import settled_by

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ZENDESK_NOW = datetime(2026, 11, 22, 12, 1, 7, tzinfo=UTC)
ITEMS = people(4, size=2)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with closing(open_database(tmp_path / "state.sqlite")) as opened:
        insert_run(opened, NewRun(RUN, "q.sql", "there", "acme", "SELECT 1", NOW))
        store = BatchStore(opened, RUN, "acme")
        with transaction(opened):
            store.enqueue(Batch(number, 2, BatchState.READY) for number in (1, 2))
        for number, second in ((1, ItemStatus.UPDATED), (2, ItemStatus.FAILED)):
            results = [ItemResult(0, ItemStatus.CREATED, 10 * number), ItemResult(1, second, 10 * number + 1)]
            store.settle(store.get(number), results, NOW, zendesk_time=ZENDESK_NOW if number == 1 else None)
        yield opened


def taken(
    connection: Connection, folder: Path, items: list[OutboxItem], up_to: int = 9
) -> list[Acknowledged]:
    write_outbox(folder / "outbox.parquet", items)
    with Outbox(folder / "outbox.parquet") as outbox:
        return list(acknowledged(connection, RUN, outbox, up_to))


def reached(connection: Connection, folder: Path, sample: int | None = None) -> AcknowledgedPeople:
    resources = Resources("100MB", folder)
    return people_of(connection, RUN, folder / "outbox.parquet", resources, sample=sample)


def test_who_failed_is_left_out(connection: Connection, tmp_path: Path) -> None:
    assert taken(connection, tmp_path, ITEMS) == [
        Acknowledged(ITEMS[0], 10, ZENDESK_NOW, is_merged=False),
        Acknowledged(ITEMS[1], 11, ZENDESK_NOW, is_merged=False),
        Acknowledged(ITEMS[2], 20, None, is_merged=False),
    ]
    assert len(taken(connection, tmp_path, ITEMS, up_to=1)) == 2
    assert reached(connection, tmp_path) == AcknowledgedPeople(3, 0)
    assert reached(connection, tmp_path, sample=9).drawn == {"id-1", "id-2", "id-3"}


def test_whoever_was_forgotten_is_passed_over(connection: Connection, tmp_path: Path) -> None:
    items = [replace(ITEMS[0], key="forgotten-0123abcd", payload="{}"), *ITEMS[1:]]
    assert [each.item.key for each in taken(connection, tmp_path, items)] == ["id-2", "id-3"]
    assert reached(connection, tmp_path, sample=9) == AcknowledgedPeople(2, 1, frozenset({"id-2", "id-3"}))


def test_an_outbox_that_lacks_somebody_is_damaged(connection: Connection, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="lacks position 1 of batch 1") as damaged:
        taken(connection, tmp_path, [ITEMS[0], *ITEMS[2:]])
    assert damaged.value.code == "outbox_damaged"


@pytest.mark.parametrize("keeps_footer", [False, True])
def test_an_outbox_without_its_rows_is_damaged(
    connection: Connection, tmp_path: Path, *, keeps_footer: bool
) -> None:
    path = tmp_path / "outbox.parquet"
    write_outbox(path, ITEMS)
    whole = path.read_bytes()
    footer = int.from_bytes(whole[-8:-4], "little") + 8 if keeps_footer else 4
    path.write_bytes(whole[:4] + whole[-footer:])
    with pytest.raises(StateError) as damaged:
        reached(connection, tmp_path)
    assert damaged.value.code == "outbox_damaged"


def test_too_little_memory_is_told_and_is_no_damage(connection: Connection, tmp_path: Path) -> None:
    write_outbox(tmp_path / "outbox.parquet", ITEMS)
    with pytest.raises(StateError, match=r"Out of Memory") as told:
        people_of(connection, RUN, tmp_path / "outbox.parquet", Resources("100KB", tmp_path))
    assert "[limits] memory" in told.value.hint


def test_the_lot_falls_on_the_same_people_whatever_their_order(
    connection: Connection, tmp_path: Path
) -> None:
    write_outbox(tmp_path / "outbox.parquet", ITEMS)
    two = reached(connection, tmp_path, sample=2)
    assert two == reached(connection, tmp_path, sample=2)
    (one,) = reached(connection, tmp_path, sample=1).drawn or ()
    assert one in (two.drawn or ())
    turned = [replace(item, key=ITEMS[~place].key) for place, item in enumerate(ITEMS[:3], start=1)]
    write_outbox(tmp_path / "outbox.parquet", [*turned, ITEMS[3]])
    assert reached(connection, tmp_path, sample=2) == two


def test_the_time_of_a_batch_is_zendesks(connection: Connection) -> None:
    assert settled_by(connection, RUN, 1) == ZENDESK_NOW
    assert (settled_by(connection, RUN, 2), settled_by(connection, "pruned", 1)) == (None, None)
