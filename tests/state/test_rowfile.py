from __future__ import annotations

import errno
import stat
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from zdpipe.errors import StateError
from zdpipe.state.rowfile import RowFile

ONE = pl.DataFrame({"row": [1, 2], "reason": ["name_missing", 'a "quoted", one']})
TWO = pl.DataFrame({"row": [3], "reason": [None]}, schema={"row": pl.Int64, "reason": pl.String})


def test_frames_are_appended_to_both_files(tmp_path: Path) -> None:
    parquet, csv = tmp_path / "r.parquet", tmp_path / "r.csv"
    with RowFile(parquet, csv) as file:
        for frame in (ONE, ONE.clear(), TWO):
            file.append(frame)
        assert file.rows == 3
        assert file.paths == (parquet, csv)
    expected = pl.concat([ONE, TWO])
    assert pl.read_parquet(parquet).equals(expected)
    assert pl.read_csv(csv).equals(expected)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (parquet, csv)} == {0o600}


def test_a_parquet_file_alone(tmp_path: Path) -> None:
    with RowFile(tmp_path / "r.parquet") as file:
        file.append(ONE)
    assert [path.name for path in tmp_path.iterdir()] == ["r.parquet"]


def test_without_rows_there_are_no_files_not_even_old_ones(tmp_path: Path) -> None:
    for frame in (ONE, ONE.clear()):
        with RowFile(tmp_path / "r.parquet", tmp_path / "r.csv") as file:
            file.append(frame)
    assert list(tmp_path.iterdir()) == []


def test_an_error_halfway_leaves_a_readable_file(tmp_path: Path) -> None:
    def fail() -> None:
        with RowFile(tmp_path / "r.parquet") as file:
            file.append(ONE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(pl.read_parquet(tmp_path / "r.parquet")) == 2


def test_a_disk_that_refuses_is_told_with_its_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with RowFile(tmp_path / "rows.parquet", passing=True) as file:
        file.append(pl.DataFrame({"row": [1], "s0": ["x"]}))
        monkeypatch.setattr(pq.ParquetWriter, "write_table", refuse)
        with pytest.raises(StateError, match="No space left") as caught:
            file.append(pl.DataFrame({"row": [2], "s0": ["x"]}))
    assert "room" in caught.value.hint
