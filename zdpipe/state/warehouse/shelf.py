"""A place that takes the tables of runs, and what stands in the way of using one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

import duckdb

from zdpipe.clock import Clock
from zdpipe.errors import StateLocked, UsageProblem
from zdpipe.model.resources import is_interruption
from zdpipe.model.warehouse import FORMAT, Mark

Result = TypeVar("Result")
# Two exports that begin at the same minute take turns.
PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.1


class Shelf(Protocol):
    """A place that is held until it is closed."""

    def marks(self) -> dict[str, Mark]:
        """Return what is there of which runs."""
        ...

    def put(self, run_id: str, mark: Mark, selects: Mapping[str, str], now: datetime) -> dict[str, int]:
        """Put the rows of a run in place of those that are there; return how many, by table.

        A process that is killed in the middle leaves a run without a mark of what was being written.
        """
        ...


def refuse_mixture(place: Path, marks: Mapping[str, Mark], *, show_pii: bool) -> None:
    """Raise UsageProblem where a place holds what this zdpipe, or this command, would not write."""
    if any(mark.format != FORMAT for mark in marks.values()):
        raise UsageProblem(
            f"{place} was written by another version of zdpipe, whose tables are different ones.",
            "Name another place, and keep or remove this one.",
            code="export_format",
        )
    if not show_pii and any(mark.show_pii for mark in marks.values()):
        raise UsageProblem(
            f"{place} holds personal data in clear: it was written with --show-pii.",
            "Go on with --show-pii, or name another place; what was written in clear would stay there.",
            code="export_in_clear",
        )


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Raise UsageProblem with the cure for what a place or the machine refuses, KeyboardInterrupt for ^C."""
    try:
        yield
    except (duckdb.InterruptException, RuntimeError) as error:
        if is_interruption(error):
            raise KeyboardInterrupt from None
        raise
    except (duckdb.Error, OSError) as error:
        raise UsageProblem(
            f"{place} cannot be written: {error}",
            "See that the disk has room, that you may write there, and that [limits] memory is enough.",
            code="export",
        ) from error


def with_patience(attempt: Callable[[], Result | None], clock: Clock, place: Path) -> Result:
    """Return what an attempt returns once it is not None; raises StateLocked after a minute."""
    deadline = clock.monotonic() + PATIENCE_SECONDS
    while (result := attempt()) is None:
        if clock.monotonic() >= deadline:
            raise StateLocked(
                f"{place} is in use by another process.",
                "Wait until the other export has ended, or close what reads it, and repeat the command.",
            )
        clock.sleep(_PAUSE_SECONDS)
    return result
