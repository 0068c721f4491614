from __future__ import annotations

from pathlib import Path

import pytest

from zdpipe.durable import made_first, written_whole


def test_a_file_appears_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    with written_whole(path) as file:
        file.write(b"rows")
        assert not path.exists()
    assert path.read_bytes() == b"rows"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def write_half(path: Path) -> None:
    with written_whole(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_half(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_kill_left_beside_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".rows.parquet.partial").write_bytes(b"a long rest of an earlier attempt")
    with written_whole(tmp_path / "rows.parquet") as file:
        file.write(b"rows")
    assert (tmp_path / "rows.parquet").read_bytes() == b"rows"


def test_the_first_of_two_decides(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with made_first(path) as ours:
        ours.write_text("ours")
        assert not path.exists()
        path.write_text("theirs")
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def make_half(path: Path) -> None:
    with made_first(path) as place:
        place.write_text("half")
        raise KeyboardInterrupt


def test_half_a_file_is_never_there(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with pytest.raises(KeyboardInterrupt):
        make_half(path)
    assert list(tmp_path.iterdir()) == []
    with made_first(path) as place:
        place.write_text("whole")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]
