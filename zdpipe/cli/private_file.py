"""Files with personal data, for their owner alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from zdpipe.errors import UsageProblem


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageProblem(
            f"{path} cannot be written: {error.strerror or error}.",
            "Name a file in a folder that you may write to.",
        ) from error


def write_private(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Write a file beside its place and move it there whole, readable by its owner alone."""
    made = path.with_name(f".{path.name}.{os.getpid()}")
    with _named(path):
        descriptor = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                fill(file)
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)
