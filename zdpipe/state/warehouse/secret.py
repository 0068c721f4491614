"""What makes customers' pseudonyms those of one project: nobody can guess keys without it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from zdpipe.durable import sync_folder
from zdpipe.errors import StateError

_NAME = "export.secret"
_BYTES = 32


def pseudonym_secret(state: Path) -> str:
    """Return the project's secret, made when it is first asked for; raises StateError for a damaged one."""
    path = state / _NAME
    if not path.exists():
        _make(path)
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if len(text) != 2 * _BYTES:
        raise StateError(
            f"{path} is damaged: it makes the pseudonyms in exports.",
            "Put it back from a backup. Or remove it: customers then get other pseudonyms.",
            code="state_damaged",
        )
    return text


def _make(path: Path) -> None:
    # Whole or not at all, and the first of two processes decides.
    aside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # the other one's is as good as ours
    finally:
        aside.unlink()
    sync_folder(path.parent)
