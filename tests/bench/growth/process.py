"""What a process takes, by the operating system's account of it and of its children.

Whoever starts processes here has to be small itself: between fork and exec a child has the memory of its
parent, and Linux counts that as the most it ever held (fs/exec.c, exec_mmap).
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from resource import struct_rusage
from tempfile import TemporaryFile
from threading import Timer
from time import perf_counter
from typing import IO


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, seconds of the processors, and bytes of the largest of its processes."""

    seconds: float
    cpu: float
    peak: int


class Failed(RuntimeError):
    """Raised when a process that is measured does not do its work."""


class Overtime(Failed):
    """Raised when a process took longer than it was given."""


class Process:
    """One process with its children, from its start to its end."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.output = ""
        self._command = " ".join(command)
        self._out, self._err = TemporaryFile(), TemporaryFile()  # noqa: SIM115 - `ended` closes them
        self._began = perf_counter()
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=self._out, stderr=self._err, start_new_session=True
        )

    def runs(self) -> bool:
        """Tell whether it has not ended yet."""
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, options) is None

    def seconds(self) -> float:
        """Return how long ago it was started."""
        return perf_counter() - self._began

    def interrupt(self) -> None:
        """Do what ^C does."""
        os.kill(
            self._process.pid, signal.SIGINT
        )  # Popen's own would take its account from us if it has ended

    def kill(self) -> None:
        """End it and its children."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def ended(self, limit: float | None = None, code: int = 0) -> Spent:
        """Wait for its end, which has to come within `limit` seconds (Overtime) and with `code` (Failed).

        What it printed to stdout is in `output` from then on.
        """
        with self._out, self._err:
            usage = self._waited_for(limit)
            seconds = self.seconds()
            self.output, said = self._read(self._out), self._read(self._err)
        if limit is not None and seconds >= limit:
            raise Overtime(f"{self._command} took longer than {limit:.0f} seconds")
        if self._process.returncode != code:
            words = (self.output + said)[-2_000:]
            raise Failed(f"{self._command} ended with {self._process.returncode}: {words}")
        return Spent(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)

    def _waited_for(self, limit: float | None) -> struct_rusage:
        killer = Timer(limit or 0, self.kill)
        try:
            if limit is not None:
                killer.start()
            _, status, usage = os.wait4(self._process.pid, 0)
        except BaseException:
            self.kill()
            raise
        finally:
            killer.cancel()
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return usage

    def _read(self, file: IO[bytes]) -> str:
        file.seek(0)
        return file.read().decode()


def best_of(rounds: Sequence[Spent]) -> Spent:
    """Return the least time, as what else the machine does makes one only slower, and the most memory."""
    return Spent(
        min(spent.seconds for spent in rounds),
        min(spent.cpu for spent in rounds),
        max(spent.peak for spent in rounds),
    )
