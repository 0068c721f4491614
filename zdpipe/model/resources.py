"""What a bulk computation may use of the machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# DuckDB guesses too late that rows which just about fill the memory need the disk, and gives up.
EXTERNAL = "SET debug_force_external = true"
ROOM = "See that the disk has room, and that [limits] memory has 125 MB for each thread"
# Many threads with little memory fail instead of spilling; DuckDB's manual
# ("Environment") asks for 125 MB each. Its setting tells memory in tenths of a MiB: 250 MB are 238.4 MiB.
_FITTING_THREADS = """
SET threads = greatest(1, least(
  current_setting('threads'),
  (parse_formatted_bytes(current_setting('memory_limit')) + 100_000) // 125_000_000
))
"""


@dataclass(frozen=True, slots=True)
class Resources:
    """Limits of one DuckDB instance: memory in DuckDB's words (`500MB`), threads (None: one for each
    core, as far as there is memory for them).

    `temporary` is the folder that takes what does not fit into memory.
    """

    memory: str
    temporary: Path
    threads: int | None = None

    def as_config(self) -> dict[str, str | bool | int | float | list[str]]:
        """Return DuckDB's settings for these limits; nothing is ever downloaded."""
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": self.memory,
            "temp_directory": str(self.temporary),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        if self.threads is not None:
            settings["threads"] = self.threads
        return settings

    def first_statements(self) -> tuple[str, ...]:
        """Return what an instance opened with these limits is told before anything else."""
        return () if self.threads is not None else (_FITTING_THREADS,)


def is_interruption(error: BaseException) -> bool:
    """Tell whether an error is what DuckDB 2.0 makes of a KeyboardInterrupt: its own, or a RuntimeError."""
    return any(words in str(error) for words in ("Query interrupted", "INTERRUPT Error"))
