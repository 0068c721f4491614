"""One writer for each account: the lock and who holds it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from zdpipe.errors import StateError, StateLocked
from zdpipe.state.folder import StateFolder, file_name, make_private_folder

# Looking whether the lock is held takes it for a moment; writers and other lookers outwait that.
_LOOKS_LAST = 0.5
# An approval is written in a moment, and several wait for each other.
_APPROVALS_LAST = 30.0
# A merge of everything an account holds takes a minute or two.
_MERGES_LAST = 600.0


@dataclass(frozen=True, slots=True)
class Holder:
    """Who writes to an account at the moment."""

    pid: int
    command: str
    project: str
    since: str

    @property
    def words(self) -> str:
        """Say who that is, and since when."""
        return f"process {self.pid} ({self.command}) of the project {self.project}, since {self.since}"


def account_place(machine_state: Path, account: str) -> Path:
    """Return where that folder is, whether it was made or not."""
    return machine_state / "accounts" / file_name(account)


def account_folder(machine_state: Path, account: str) -> Path:
    """Return the folder that all projects of this user on this machine share for an account."""
    folder = account_place(machine_state, account)
    try:
        for path in (machine_state, folder.parent, folder):
            make_private_folder(path)
    except OSError as error:
        raise StateError(
            f"{folder} cannot be used: {error.strerror or error}.",
            "zdpipe keeps locks and limits there that all your projects share; make it writable, "
            "or set XDG_STATE_HOME to a folder that is.",
        ) from error
    return folder


@contextmanager
def writing_to(machine_state: Path, account: str, holder: Holder) -> Iterator[None]:
    """Hold the account's lock; raise StateLocked that names the holder where somebody else has it."""
    place = _writer(account_folder(machine_state, account))
    with holding(place, holder, lambda other: _locked(account, other)):
        yield


def is_written_to(machine_state: Path, account: str) -> bool:
    """Tell whether some process holds the account's lock right now."""
    return is_held(_writer(account_folder(machine_state, account)))


@contextmanager
def holding(place: Path, holder: Holder, refusal: Callable[[Holder | None], Exception]) -> Iterator[None]:
    """Hold the lock at a place, a path without suffix; raise what `refusal` makes of who holds it.

    The lock is the operating system's, so it goes with its process, however that ends.
    """
    lock = _lock(place)
    if not _acquired(lock, _LOOKS_LAST):
        raise refusal(read_holder(place))
    try:
        _write_holder(place, holder)
        yield
    finally:
        _words(place).unlink(missing_ok=True)
        lock.release()


def is_held(place: Path) -> bool:
    """Tell whether some process holds the lock at a place right now."""
    lock = _lock(place)
    if not _acquired(lock, _LOOKS_LAST):
        return True
    lock.release()
    return False


def read_holder(place: Path) -> Holder | None:
    """Return who holds the lock at a place, as far as that process has said so."""
    try:
        return Holder(**json.loads(_words(place).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        # The holder writes this file right after it got the lock; being too early is no error.
        return None


def writer_project(machine_state: Path, account: str) -> str | None:
    """Return the project folder that is writing to the account: None for nobody, "" when it has not said."""
    if not is_written_to(machine_state, account):
        return None
    holder = read_holder(_writer(account_folder(machine_state, account)))
    return holder.project if holder else ""


def holder_of(machine_state: Path, account: str) -> Holder | None:
    """Return who holds the account's lock, None for nobody; of one who has not said so, the number is 0."""
    if not is_written_to(machine_state, account):
        return None
    unknown = Holder(0, "unknown", "unknown", "a moment ago")
    return read_holder(_writer(account_folder(machine_state, account))) or unknown


def forget_holder(machine_state: Path, account: str) -> Holder | None:
    """Remove what a killed process left of itself beside a free lock, and return who it was, None for nobody.

    A lock that is held is never taken away: raises StateLocked that names the holder.
    """
    place = _writer(account_folder(machine_state, account))
    lock = _lock(place)
    if not _acquired(lock, _LOOKS_LAST):
        raise _locked(account, read_holder(place))
    try:
        left = read_holder(place)
        _words(place).unlink(missing_ok=True)
        return left
    finally:
        lock.release()


@contextmanager
def merging_into(known: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the right to write to a file of known users; raise StateLocked where another process merges.

    Whoever plans merges, too, without holding the account, so that no run is ever turned away by a plan.
    """
    lock = FileLock(known.with_suffix(".lock"), mode=0o600)
    if not _acquired(lock, _MERGES_LAST if wait else 0):
        raise StateLocked(f"Another process writes to {known}.", "Wait until it has ended.")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def approving(folder: StateFolder) -> Iterator[None]:
    """Hold the right to change a project's approvals; raise StateLocked where another process keeps it."""
    lock = _lock(folder.approvals)
    if not _acquired(lock, _APPROVALS_LAST):
        raise StateLocked("Another process changes approvals.json.", "Wait until it has ended, and repeat.")
    try:
        yield
    finally:
        lock.release()


def _writer(folder: Path) -> Path:
    return folder / "writer"


def _lock(place: Path) -> FileLock:
    return FileLock(place.with_suffix(".lock"), mode=0o600)


def _words(place: Path) -> Path:
    return place.with_suffix(".json")


def _acquired(lock: FileLock, seconds: float) -> bool:
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        return False
    except OSError as error:
        raise StateError(
            f"The lock {lock.lock_file} cannot be taken: {error.strerror or error}.",
            "Make its folder writable for you.",
        ) from error
    return True


def _write_holder(place: Path, holder: Holder) -> None:
    path = _words(place)
    path.write_text(json.dumps(asdict(holder)), encoding="utf-8")
    path.chmod(0o600)


def _locked(account: str, holder: Holder | None) -> StateLocked:
    return StateLocked(
        f"The account {account} is being written to by {holder.words if holder else 'another process'}.",
        "Wait until it has ended, or look at it with: zdpipe runs list",
    )
