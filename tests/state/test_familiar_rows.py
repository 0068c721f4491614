from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from zdpipe.state.familiar_rows import Damaged, forget_familiar, open_familiar, write_familiar

SCHEMA = pl.Schema({"source": pl.UInt64(), "place": pl.UInt32()})


def write(folder: Path, *rows: tuple[int, int], basis: str = "these rules") -> Path:
    path = folder / "familiar" / "account-query.parquet"
    frames = [pl.DataFrame([row], schema=SCHEMA, orient="row") for row in rows]
    write_familiar(
        path, SCHEMA, basis, [part for one in frames for part in one.to_arrow().to_batches()], folder
    )
    return path


def read(path: Path, basis: str = "these rules") -> list[list[int]] | None:
    with open_familiar(path, SCHEMA, basis) as columns:
        return columns and [series.to_list() for series in columns(["place", "source"])]


def test_columns_come_in_the_order_in_which_they_are_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, (2**63, 7), (5, 8))
    assert read(path) == [[7, 8], [2**63, 5]]
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["familiar"]


def test_rows_on_another_basis_are_none(tmp_path: Path) -> None:
    assert read(write(tmp_path, (1, 2)), "other rules") is None


def test_no_file_and_no_rows_are_none(tmp_path: Path) -> None:
    assert read(tmp_path / "nothing.parquet") is None
    assert read(write(tmp_path)) is None


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_damaged_file_is_none(tmp_path: Path, keep: int) -> None:
    path = write(tmp_path, (1, 2))
    path.write_bytes(path.read_bytes()[:keep])
    assert read(path) is None


def test_a_damaged_value_is_noticed_and_the_file_thrown_away(tmp_path: Path) -> None:
    path = write(tmp_path, (1, 2), (3, 4))
    whole = path.read_bytes()
    noticed = False
    for place in range(4, len(whole) // 4, 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            assert read(path) in (None, [[2, 4], [1, 3]])
        except Damaged:
            assert not path.exists()
            noticed = True
    assert noticed


def test_whoever_reads_goes_on_reading_the_file_that_was_there(tmp_path: Path) -> None:
    path = write(tmp_path, (1, 2))
    with open_familiar(path, SCHEMA, "these rules") as columns:
        write(tmp_path, (3, 4), (5, 6))
        assert columns is not None
        assert columns(["place"])[0].to_list() == [2]
    assert read(path) == [[4, 6], [3, 5]]


def test_everything_can_be_forgotten(tmp_path: Path) -> None:
    path = write(tmp_path, (1, 2))
    forget_familiar(path.parent)
    assert not path.exists()
    forget_familiar(tmp_path / "never made")
