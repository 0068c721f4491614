"""One writer for each account: the lock and who holds it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from zdpipe.errors import StateError, StateLocked
from zdpipe.state.folder import file_name, make_private_folder


@dataclass(frozen=True, slots=True)
class Holder:
    """Who writes to an account at the moment."""

    pid: int
    command: str
    project: str
    since: str


def account_folder(machine_state: Path, account: str) -> Path:
    """Return the folder that all projects of this user on this machine share for an account."""
    folder = machine_state / "accounts" / file_name(account)
    try:
        make_private_folder(folder)
    except OSError as error:
        raise StateError(
            f"{folder} cannot be used: {error.strerror or error}.",
            "zdpipe keeps locks and limits there that all your projects share; make it writable, "
            "or set XDG_STATE_HOME to a folder that is.",
        ) from error
    return folder


@contextmanager
def writing_to(machine_state: Path, account: str, holder: Holder) -> Iterator[None]:
    """Hold the account's lock; raise StateLocked that names the holder where somebody else has it.

    The lock is the operating system's, so it goes with its process, however that ends.
    """
    folder = account_folder(machine_state, account)
    lock = FileLock(folder / "writer.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise _locked(account, _read_holder(folder)) from None
    try:
        _write_holder(folder, holder)
        yield
    finally:
        lock.release()


def is_written_to(machine_state: Path, account: str) -> bool:
    """Tell whether some process holds the account's lock right now."""
    lock = FileLock(account_folder(machine_state, account) / "writer.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        return True
    lock.release()
    return False


def _write_holder(folder: Path, holder: Holder) -> None:
    path = folder / "writer.json"
    path.write_text(json.dumps(asdict(holder)), encoding="utf-8")
    path.chmod(0o600)


def _read_holder(folder: Path) -> Holder | None:
    try:
        return Holder(**json.loads((folder / "writer.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        # The holder writes this file right after it got the lock; being too early is no error.
        return None


def _locked(account: str, holder: Holder | None) -> StateLocked:
    who = (
        f"process {holder.pid} ({holder.command}) of the project {holder.project}, since {holder.since}"
        if holder
        else "another process"
    )
    return StateLocked(
        f"The account {account} is being written to by {who}.",
        "Wait until it has ended, or look at it with: zdpipe runs list",
    )
