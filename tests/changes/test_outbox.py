"""The outbox is written piece by piece, so that no number of people is too many for the memory."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.changes.rows import Row, resolve
from zdpipe.changes import outbox
from zdpipe.errors import StateError


def many_addresses(people: int) -> list[Row]:
    return [
        Row(f"id-{person}", f"{letter}{person}@x.org", {"name": "Ann"})
        for person in range(people)
        for letter in "abc"
    ]


@pytest.mark.parametrize(
    "people",
    [
        pytest.param(50, id="further addresses woven in"),
        pytest.param(24, id="pieces of further addresses alone"),
    ],
)
def test_pieces_make_the_same_file_as_all_at_once(
    people: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = resolve(tmp_path, many_addresses(people), size=10)
    monkeypatch.setattr(outbox, "_ITEMS_AT_ONCE", 25)
    pieces = resolve(tmp_path, many_addresses(people), size=10)
    assert pieces.batches == whole.batches
    assert pieces.items.equals(whole.items)
    file = pq.ParquetFile(tmp_path / "outbox.parquet")
    last = file.read_row_group(file.num_row_groups - 1)["sending"].to_pylist()
    assert file.num_row_groups > 1
    assert set(last) == {"email"}
    assert whole.payloads == whole.items["payload"].to_list()


def test_a_batch_larger_than_a_piece_is_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_ITEMS_AT_ONCE", 5)
    outcome = resolve(tmp_path, many_addresses(20), size=10)
    assert sum(batch.users for batch in outcome.batches) == len(outcome.items) == 60


def test_a_full_disk_is_an_error_with_the_cure_and_leaves_no_outbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match="No space left") as caught:
        resolve(tmp_path, many_addresses(1))
    assert "disk has room" in caught.value.hint
    assert not (tmp_path / "outbox.parquet").exists()
