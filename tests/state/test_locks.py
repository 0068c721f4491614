from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from zdpipe.errors import StateError, StateLocked
from zdpipe.state import locks
from zdpipe.state.locks import (
    Holder,
    account_folder,
    forget_holder,
    holder_of,
    is_written_to,
    merging_into,
    writer_project,
    writing_to,
)

ACCOUNT = "acme.zendesk.com"
HOLDER = Holder(4711, "zdpipe run", "/project", "2026-11-22T12:00:00+00:00")
CHILD = """
import os, sys
from pathlib import Path
from zdpipe.state.locks import Holder, writing_to
holder = Holder(os.getpid(), "zdpipe run q.sql", "/elsewhere", "2026-11-22T12:00:00+00:00")
with writing_to(Path(sys.argv[1]), "acme.zendesk.com", holder):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def held_by_another_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        yield child
        child.kill()


def test_the_second_writer_is_told_who_the_first_one_is(tmp_path: Path) -> None:
    with held_by_another_process(tmp_path) as child:
        with pytest.raises(StateLocked) as caught, writing_to(tmp_path, ACCOUNT, HOLDER):
            pytest.fail("two writers at once")
        assert f"process {child.pid} (zdpipe run q.sql) of the project /elsewhere" in caught.value.message
        assert ACCOUNT in caught.value.message
        assert caught.value.hint
        assert is_written_to(tmp_path, ACCOUNT)


def test_a_killed_writer_frees_the_account(tmp_path: Path) -> None:
    with held_by_another_process(tmp_path) as child:
        child.kill()
        child.wait()
        assert not is_written_to(tmp_path, ACCOUNT)
        with writing_to(tmp_path, ACCOUNT, HOLDER):
            assert is_written_to(tmp_path, ACCOUNT)


def test_other_accounts_are_free(tmp_path: Path) -> None:
    with (
        writing_to(tmp_path, ACCOUNT, HOLDER),
        writing_to(tmp_path, "other.zendesk.com", HOLDER),
    ):
        assert is_written_to(tmp_path, "other.zendesk.com")
    assert not is_written_to(tmp_path, ACCOUNT)


def test_an_error_inside_frees_the_account(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), writing_to(tmp_path, ACCOUNT, HOLDER):
        raise ZeroDivisionError
    with writing_to(tmp_path, ACCOUNT, HOLDER):
        pass


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}'])
def test_a_holder_that_cannot_be_read_is_somebody(tmp_path: Path, content: str) -> None:
    with writing_to(tmp_path, ACCOUNT, HOLDER):
        (account_folder(tmp_path, ACCOUNT) / "writer.json").write_text(content)
        with pytest.raises(StateLocked, match="another process"), writing_to(tmp_path, ACCOUNT, HOLDER):
            pytest.fail("two writers at once")


def test_an_earlier_holder_is_never_named(tmp_path: Path) -> None:
    with writing_to(tmp_path, ACCOUNT, HOLDER):
        pass
    assert not (account_folder(tmp_path, ACCOUNT) / "writer.json").exists()


def test_somebody_who_only_looks_does_not_turn_a_writer_away(tmp_path: Path) -> None:
    taken = Event()

    def look_slowly() -> None:
        # A lock belongs to the thread that took it.
        with locks._lock(account_folder(tmp_path, ACCOUNT)):
            taken.set()
            Event().wait(0.1)

    looker = Thread(target=look_slowly)
    looker.start()
    assert taken.wait(5)
    with writing_to(tmp_path, ACCOUNT, HOLDER):
        looker.join()


def test_its_files_are_private(tmp_path: Path) -> None:
    with writing_to(tmp_path, ACCOUNT, HOLDER):
        folder = account_folder(tmp_path, ACCOUNT)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_folder_that_cannot_be_made_is_told_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "accounts").write_text("")
    with pytest.raises(StateError) as caught:
        account_folder(tmp_path, ACCOUNT)
    assert "XDG_STATE_HOME" in caught.value.hint


def test_a_lock_that_cannot_be_taken_is_told(tmp_path: Path) -> None:
    (account_folder(tmp_path, ACCOUNT) / "writer.lock").mkdir()
    with pytest.raises(StateError, match="cannot be taken"), writing_to(tmp_path, ACCOUNT, HOLDER):
        pytest.fail("held a folder")


def test_the_project_that_writes_is_told(tmp_path: Path) -> None:
    assert writer_project(tmp_path, ACCOUNT) is None
    with writing_to(tmp_path, ACCOUNT, HOLDER):
        assert writer_project(tmp_path, ACCOUNT) == "/project"
        (account_folder(tmp_path, ACCOUNT) / "writer.json").unlink()
        assert writer_project(tmp_path, ACCOUNT) == ""


def test_who_looks_at_the_same_moment_as_another_sees_no_writer(tmp_path: Path) -> None:
    taken = Event()

    def look_slowly() -> None:
        with locks._lock(account_folder(tmp_path, ACCOUNT)):
            taken.set()
            Event().wait(0.1)

    looker = Thread(target=look_slowly)
    looker.start()
    assert taken.wait(5)
    assert not is_written_to(tmp_path, ACCOUNT)
    looker.join()


def test_what_a_killed_writer_left_of_itself_is_removed_and_told(tmp_path: Path) -> None:
    assert holder_of(tmp_path, ACCOUNT) is None
    with held_by_another_process(tmp_path) as child:
        found = holder_of(tmp_path, ACCOUNT)
        assert found is not None
        assert (found.pid, found.project) == (child.pid, "/elsewhere")
        with pytest.raises(StateLocked, match=f"process {child.pid}"):
            forget_holder(tmp_path, ACCOUNT)
    assert holder_of(tmp_path, ACCOUNT) is None
    assert forget_holder(tmp_path, ACCOUNT) == found
    assert forget_holder(tmp_path, ACCOUNT) is None
    with writing_to(tmp_path, ACCOUNT, HOLDER):
        assert holder_of(tmp_path, ACCOUNT) == HOLDER


def test_a_holder_that_has_not_said_who_it_is_has_no_number(tmp_path: Path) -> None:
    with writing_to(tmp_path, ACCOUNT, HOLDER):
        (account_folder(tmp_path, ACCOUNT) / "writer.json").unlink()
        found = holder_of(tmp_path, ACCOUNT)
    assert found is not None
    assert found.pid == 0


def test_one_process_merges_at_a_time_and_holds_no_account(tmp_path: Path) -> None:
    known = tmp_path / "acme.duckdb"
    with (
        merging_into(known),
        writing_to(tmp_path, ACCOUNT, HOLDER),
        pytest.raises(StateLocked),
        merging_into(known, wait=False),
    ):
        pytest.fail("two merges at once")
    with merging_into(known, wait=False):
        assert stat.S_IMODE(known.with_suffix(".lock").stat().st_mode) == 0o600
