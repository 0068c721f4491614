"""Files that appear whole or not at all, and survive a power cut."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Give a file of the owner's alone that takes the place of `path` when the block ends well.

    Its bytes and its name are on disk then. After an error nothing is left of it; what a kill leaves beside
    is overwritten by the next attempt.
    """
    beside = path.with_name(f".{path.name}.partial")
    # Customers are in it: nobody else may read it, not even while it is being written.
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)


@contextmanager
def made_first(path: Path) -> Iterator[Path]:
    """Give a place for a file that is at `path` when the block ends well, unless another process's is.

    Of several processes the first one decides, and nobody ever sees half a file. Nothing is at the place yet.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)
    try:
        yield beside
        with suppress(FileExistsError):  # the other one's is as good as ours
            os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Make what a library wrote into a file survive a power cut."""
    sync_folder(path)  # the system makes no difference between the two


def sync_folder(path: Path) -> None:
    """Make renames inside a folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
