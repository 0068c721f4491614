from __future__ import annotations

import stat
from pathlib import Path

import pytest

from zdpipe.cli.private_file import write_private
from zdpipe.errors import UsageProblem


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, lambda file: file.write(b"new"))
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        write_private(path, lambda _: 1 / 0)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="No such file"):
        write_private(tmp_path / "nowhere" / "x.csv", lambda file: file.write(b""))
