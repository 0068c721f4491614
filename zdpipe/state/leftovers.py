"""Files that lie about after processes were killed, and those that nothing leads to any more."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

from zdpipe.errors import StateError
from zdpipe.state.folder import StateFolder

# What a run's folder holds only while it is planned, or while a file of it is being written.
_HALF_MADE = ("work.duckdb*", ".*.partial")


def run_folders(folder: StateFolder) -> list[Path]:
    """Return the folders of runs that are there, known or not."""
    root = folder.root / "runs"
    return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []


def half_made(run_folder: Path) -> list[Path]:
    """Return the files that a killed process left in a run's folder."""
    return sorted(path for pattern in _HALF_MADE for path in run_folder.glob(pattern))


def old_logs(folder: StateFolder, before: datetime) -> list[Path]:
    """Return the logs of bugs that were written before a moment."""
    moment = before.timestamp()
    return [path for path in logs(folder) if path.stat().st_mtime < moment]


def logs(folder: StateFolder) -> list[Path]:
    """Return the logs of bugs."""
    return sorted(folder.logs.glob("*.log"))


def remove(paths: Collection[Path]) -> int:
    """Remove files and whole folders; return how many bytes they took. Raises StateError."""
    freed = 0
    for path in paths:
        try:
            freed += sum(file.stat().st_size for file in _files(path))
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise StateError(
                f"{path} cannot be removed: {error.strerror or error}.",
                "Make it and its folder writable for you, then repeat the command.",
            ) from error
    return freed


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from (inner for inner in path.rglob("*") if inner.is_file())
