from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from zdpipe.errors import StateError
from zdpipe.state import folder as folders
from zdpipe.state.folder import (
    NETWORK_FILE_SYSTEMS,
    file_name,
    make_private_folder,
    prepare_state_folder,
    refuse_network_file_system,
    touch_private,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = prepare_state_folder(tmp_path / "a" / ".zdpipe")
    inside = list(folder.root.rglob("*"))
    assert inside
    assert {mode(path) for path in inside if path.is_dir()} | {mode(folder.root)} == {0o700}
    assert {mode(path) for path in inside if path.is_file()} == {0o600}


def test_preparing_it_again_keeps_what_is_there_and_closes_it_to_others(tmp_path: Path) -> None:
    root = tmp_path / ".zdpipe"
    root.mkdir(mode=0o755)
    (root / "README.txt").write_text("mine")
    assert prepare_state_folder(root) == prepare_state_folder(root)
    assert mode(root) == 0o700
    assert (root / "README.txt").read_text() == "mine"


def test_all_paths_lie_inside(tmp_path: Path) -> None:
    folder = prepare_state_folder(tmp_path)
    paths = [
        folder.database,
        folder.temporary,
        folder.logs,
        folder.known_users("../../evil"),
        folder.simulator("a/b"),
        folder.outbox("run"),
    ]
    assert all(path.resolve().is_relative_to(tmp_path.resolve()) for path in paths)
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize(
    ("account", "name"),
    [("acme.zendesk.com", "acme.zendesk.com"), ("127.0.0.1:8977", "127.0.0.1_8977"), ("a/b\\c", "a_b_c")],
)
def test_an_account_becomes_a_file_name(account: str, name: str) -> None:
    assert file_name(account) == name


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_where_the_folder_belongs_is_told_with_the_cure(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError) as caught:
        prepare_state_folder(tmp_path / place)
    assert str(tmp_path / place) in caught.value.message
    assert "[paths] state" in caught.value.hint


def test_a_read_only_folder_is_told_with_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders.os, "access", lambda path, how: False)
    with pytest.raises(StateError, match="Permission denied"):
        prepare_state_folder(tmp_path)


def mounts(folder: Path, *lines: str) -> Path:
    path = folder / "mounts"
    path.write_text("\n".join(["/dev/vda / ext4 rw 0 0", "", "garbage", *lines]) + "\n")
    return path


@pytest.mark.parametrize("kind", sorted(NETWORK_FILE_SYSTEMS))
def test_a_network_file_system_is_refused_with_the_cure(tmp_path: Path, kind: str) -> None:
    table = mounts(tmp_path, f"server:/x {tmp_path}/net {kind} rw 0 0")
    with pytest.raises(StateError, match=kind) as caught:
        refuse_network_file_system(tmp_path / "net" / "project" / ".zdpipe", table)
    assert "local disk" in caught.value.hint
    refuse_network_file_system(tmp_path / "network-of-another-name", table)


def test_the_innermost_and_latest_mount_counts(tmp_path: Path) -> None:
    table = mounts(
        tmp_path,
        f"server:/x {tmp_path} nfs4 rw 0 0",
        f"/dev/vdb {tmp_path}/local ext4 rw 0 0",
        f"auto {tmp_path}/auto autofs rw 0 0",
        f"server:/y {tmp_path}/auto nfs rw 0 0",
    )
    refuse_network_file_system(tmp_path / "local" / "x", table)
    with pytest.raises(StateError, match="nfs4"):
        refuse_network_file_system(tmp_path / "x", table)
    with pytest.raises(StateError, match=r"\(nfs\)"):
        refuse_network_file_system(tmp_path / "auto", table)


def test_blanks_in_a_mount_are_understood(tmp_path: Path) -> None:
    escaped = str(tmp_path / "my share").replace(" ", "\\040")
    table = mounts(tmp_path, f"server:/x {escaped} cifs rw 0 0")
    with pytest.raises(StateError, match="cifs"):
        refuse_network_file_system(tmp_path / "my share" / "x", table)


def test_a_link_into_a_network_file_system_is_seen_through(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "net")
    table = mounts(tmp_path, f"server:/x {tmp_path}/net nfs rw 0 0")
    with pytest.raises(StateError, match="nfs"):
        refuse_network_file_system(tmp_path / "link" / "state", table)


def test_where_mounts_cannot_be_read_nothing_is_refused(tmp_path: Path) -> None:
    refuse_network_file_system(tmp_path, tmp_path / "no such file")


def test_private_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        touch_private(tmp_path / "file")
        make_private_folder(tmp_path / "folder")
    finally:
        os.umask(before)
    assert (mode(tmp_path / "file"), mode(tmp_path / "folder")) == (0o600, 0o700)
