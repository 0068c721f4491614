import subprocess
import sys

import pytest

from zdpipe.engine.spill import spill_folder
from zdpipe.errors import StateError


def test_folders_of_killed_processes_are_swept_and_those_of_living_ones_stay(tmp_path):
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    orphan = tmp_path / f"session-{dead.stdout.strip()}-abc"
    orphan.mkdir()
    (orphan / "x.tmp").write_text("x", encoding="utf-8")
    with spill_folder(tmp_path) as mine, spill_folder(tmp_path) as other:
        assert mine != other
        assert not orphan.exists()
        assert {mine, other} == set(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_folders_made_on_the_way_are_private(tmp_path):
    with spill_folder(tmp_path / "state" / "tmp"):
        assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_a_place_that_cannot_be_written_is_a_state_error(tmp_path):
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    with pytest.raises(StateError) as caught, spill_folder(tmp_path / "state" / "tmp"):
        pass
    assert "[paths] state" in caught.value.hint
