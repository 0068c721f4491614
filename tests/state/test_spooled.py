"""Entries on disk behave as they would in a list, and leave nothing behind."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe.errors import StateError
from zdpipe.model.verification import Cause, Difference
from zdpipe.state import spooled
from zdpipe.state.spooled import Spooled


@given(st.lists(st.integers(), max_size=20), st.integers(-25, 25), st.integers(-25, 25), st.integers(1, 7))
def test_it_is_like_a_list(
    tmp_path_factory: pytest.TempPathFactory, entries: list[int], first: int, last: int, at_once: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spooled, "_ENTRIES_AT_ONCE", at_once)
        kept = Spooled(tmp_path_factory.getbasetemp() / "spool", iter(entries))
        assert (len(kept), list(kept), kept == entries) == (len(entries), entries, True)
        assert kept[first:last] == entries[first:last]
        assert [kept[index] for index in range(-len(entries), len(entries))] == entries * 2
        assert kept != [*entries, 0]
        assert bool(kept) is bool(entries)
        with pytest.raises(IndexError):
            kept[len(entries)]
        # Two who read at once do not get in each other's way.
        assert list(zip(kept, kept, strict=True)) == list(zip(entries, entries, strict=True))


def test_what_is_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    differences = [
        Difference("k1", Cause.DRIFT, 7, "tags", ["a", 1, None], {"b": 2.5}),
        Difference("k2", Cause.GONE),
    ]
    assert list(Spooled(tmp_path, differences)) == differences


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_nothing_stays_on_the_disk_and_no_file_stays_open(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tmp"
    before = open_files()
    kept = Spooled(folder, range(5_000))
    assert list(folder.iterdir()) == []
    del kept
    gc.collect()
    assert open_files() == before


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot be written to"):
        Spooled(tmp_path / "file" / "tmp", range(3))
