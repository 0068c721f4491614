"""JSON files that are committed beside the queries, and that people review."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from zdpipe.errors import ProjectError


class NotWritable(ProjectError):
    """Raised when a file of the project cannot be written: its folder, or the disk, does not allow it."""


def write_committed(path: Path, content: Mapping[str, object]) -> bool:
    """Write a document whole or not at all; tell whether the file changed. Raises NotWritable."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    # Two processes may write the same file at once.
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        if path.exists() and path.read_text(encoding="utf-8") == text:
            return False
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise NotWritable(
            f"{path} cannot be written: {error.strerror}.", "Make the project's folder writable for you."
        ) from error
    return True
