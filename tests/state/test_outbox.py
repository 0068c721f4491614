from __future__ import annotations

from pathlib import Path

import pytest

from tests.delivery.world import address, people, write_outbox
from zdpipe.errors import StateError
from zdpipe.model.batch import OutboxItem
from zdpipe.state.outbox import Outbox


def items() -> list[OutboxItem]:
    leads = people(95, size=10)
    return [*leads, *(address(leads[n], 11 + n // 10, n % 10, f"more{n}@example.com") for n in range(15))]


@pytest.mark.parametrize("row_group_size", [3, 7, 10, 1000])
def test_batches_are_read_whole_and_in_order_wherever_groups_end(tmp_path: Path, row_group_size: int) -> None:
    path = tmp_path / "outbox.parquet"
    write_outbox(path, items(), row_group_size)
    with Outbox(path) as outbox:
        for batch in [1, 12, 2, 10, 11, 1, 5]:
            assert outbox.items(batch) == [item for item in items() if item.batch == batch]


def test_a_batch_that_is_not_there_has_no_users(tmp_path: Path) -> None:
    write_outbox(tmp_path / "outbox.parquet", people(5))
    with Outbox(tmp_path / "outbox.parquet") as outbox:
        assert outbox.items(2) == []


def test_an_empty_outbox_has_no_batches(tmp_path: Path) -> None:
    write_outbox(tmp_path / "outbox.parquet", [])
    with Outbox(tmp_path / "outbox.parquet") as outbox:
        assert outbox.items(1) == []


def test_few_row_groups_are_kept_and_none_is_read_twice_in_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "outbox.parquet"
    write_outbox(path, items(), 10)
    with Outbox(path) as outbox:
        read: list[int] = []
        inner = outbox._file.read_row_group
        monkeypatch.setattr(
            outbox._file, "read_row_group", lambda i, **how: read.append(i) or inner(i, **how)
        )
        for batch in [1, 2, 1, 2, 3, 4, 5, 6, 5, 4]:
            outbox.items(batch)
        assert read == [0, 1, 2, 3, 4, 5]
        outbox.items(1)
        assert read[-1] == 0


@pytest.mark.parametrize("content", [None, b"", b"PAR1 and nonsense PAR1"])
def test_an_outbox_that_cannot_be_read_is_told_with_the_cure(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "outbox.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StateError) as caught:
        Outbox(path)
    assert caught.value.code == "outbox_damaged"
    assert "zdpipe run" in caught.value.hint
