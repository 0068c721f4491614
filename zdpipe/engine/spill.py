"""The folder a session spills to: its own, private, and gone afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zdpipe.errors import StateError

PREFIX = "session-"


@contextmanager
def spill_folder(parent: Path) -> Iterator[Path]:
    """Make a folder for one session under `parent`, and sweep those of processes that were killed."""
    try:
        _make_private(parent)
        sweep(parent)
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent.resolve()))
    except OSError as error:
        raise StateError(
            f"The folder for temporary files, {parent}, cannot be used: {error.strerror}.",
            "Make it writable, or choose another place with [paths] state in zdpipe.toml.",
        ) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_private(folder: Path) -> None:
    # mkdir's own parents=True would make the folders above readable for everybody.
    for place in reversed([folder, *folder.parents]):
        if not place.is_dir():
            place.mkdir(mode=0o700, exist_ok=True)


def sweep(parent: Path) -> None:
    """Remove the folders of processes that were killed."""
    for folder, owner in _sessions(parent):
        if not is_alive(owner):
            shutil.rmtree(folder, ignore_errors=True)


def living(parent: Path) -> list[Path]:
    """Return the folders of processes that are still there, or whose number another one has by now."""
    return [folder for folder, owner in _sessions(parent) if is_alive(owner)]


def _sessions(parent: Path) -> Iterator[tuple[Path, int]]:
    for folder in sorted(parent.glob(f"{PREFIX}*-*")):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit():
            yield folder, int(owner)


def is_alive(pid: int) -> bool:
    """Tell whether a process of that number is there, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
