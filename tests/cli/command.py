"""zdpipe as people start it: a process of its own, or its last step inside this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

COMMAND = [sys.executable, "-m", "zdpipe"]


@dataclass(frozen=True)
class Ended:
    """What is left of a command."""

    code: int
    out: str
    err: str


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment in which nothing of this machine's own is found or written."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "PYTHONPATH"}}
    return {**kept, "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "COLUMNS": "80", **more}


def zdpipe(
    folder: Path, *arguments: str, stdin: str | bytes = b"", variables: Mapping[str, str] | None = None
) -> Ended:
    """Run a command in a folder and wait for it."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(folder, **(variables or {})),
        input=data,
        capture_output=True,
        check=False,
        timeout=120,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def write_schema(project: Path) -> None:
    """Let the project know its source, as `zdpipe schema` does."""
    columns = dict.fromkeys(("amperity_id", "full_name", "email"), "VARCHAR")
    document = {"format": 1, "source": {"tables": {"Customer_360": columns}}}
    (project / "schema.json").write_text(json.dumps(document))
