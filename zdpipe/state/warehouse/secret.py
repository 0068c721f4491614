"""What makes customers' pseudonyms those of one project: nobody can guess keys without it."""

from __future__ import annotations

import secrets
from pathlib import Path

from zdpipe.durable import made_first, sync_file
from zdpipe.errors import StateError
from zdpipe.state.folder import touch_private

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
    with made_first(path) as aside:
        touch_private(aside)
        aside.write_text(secrets.token_hex(_BYTES), encoding="ascii")
        sync_file(aside)
