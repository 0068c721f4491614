"""Real processes of `zdpipe` that begin where most imports are done: half of a short command is importing."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from tests.stories.crashing import lay_fuse
from tests.stories.world import Ended, assert_secretless

# None of these starts a thread when it is imported, which a fork would lose; polars and pyarrow do.
_IMPORTED = ["pytest", "typer", "rich.progress", "pydantic", "httpx", "filelock", "pyrate_limiter"]
_IMPORTED += ["sqlglot", "sqlglot.dialects.duckdb", "phonenumbers", "platformdirs", "duckdb"]
_IMPORTED += ["zdpipe.project.load", "zdpipe.lint.runner"]
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(_IMPORTED)
_STARTING = Lock()  # multiprocessing keeps its children in a set that threads would change together
_LONGEST = 120.0


@dataclass(frozen=True)
class Fused:
    """At which point a process ends, 0 for none, and the file for the points it passes."""

    at: int = 0
    points: Path | None = None


class Forked:
    """One command in a process of its own; nothing of it is left when this block ends."""

    def __init__(
        self, words: Sequence[str], folder: Path, environment: Mapping[str, str], fused: Fused | None = None
    ) -> None:
        self._spoken = TemporaryDirectory()
        self._process = _CONTEXT.Process(
            target=_become, args=(list(words), folder, dict(environment), Path(self._spoken.name), fused)
        )
        with _STARTING:
            self._process.start()

    def __enter__(self) -> Forked:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()
        self._process.close()
        self._spoken.cleanup()

    def kill(self) -> bool:
        """End the process as a power cut would, and tell whether there was something to end."""
        was_alive = self._process.is_alive()
        self._process.kill()
        self._process.join()
        return was_alive

    def ended(self) -> Ended:
        """Wait for the end of the command; a signal is a negative exit code."""
        self._process.join(_LONGEST)
        code = self._process.exitcode
        assert code is not None, f"it did not end within {_LONGEST} seconds"
        out, err = ((Path(self._spoken.name) / name).read_text(encoding="utf-8") for name in ("out", "err"))
        assert_secretless(out + err)
        return Ended(code, out, err)


def _become(
    words: list[str], folder: Path, environment: dict[str, str], spoken: Path, fused: Fused | None
) -> None:
    """Be `zdpipe WORDS`, with all that it says written to files."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, name in ((1, "out"), (2, "err")):
        with (spoken / name).open("wb") as file:
            os.dup2(file.fileno(), number)
    if fused is not None:
        lay_fuse(fused.at, fused.points)
    from zdpipe.cli.app import main

    sys.argv = ["zdpipe", *words]
    main()
