"""A person's stop, and the command that goes on from there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zdpipe.errors import STOPPED, Interrupted


@contextmanager
def stopped_by_person(hint: str) -> Iterator[None]:
    """Raise Interrupted with that hint for an interruption inside, wherever it was noticed."""
    try:
        yield
    except (KeyboardInterrupt, Interrupted) as error:
        raise Interrupted(STOPPED, hint) from error


def begin_orchestration(name: str) -> list[str]:
    """Return the command that begins an orchestration with its first query."""
    return ["zdpipe", "orchestrations", "run", name]


def continue_orchestration(name: str) -> list[str]:
    """Return the command that goes on with the last occasion of an orchestration."""
    return [*begin_orchestration(name), "--resume"]


def continue_with(run_id: str) -> str:
    """Return the words that name the command which continues a run."""
    return f"Continue with: zdpipe resume {run_id}"
