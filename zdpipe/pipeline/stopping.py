"""A person's stop, in whatever shape it comes out of the work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zdpipe.errors import Interrupted

# What DuckDB makes of a KeyboardInterrupt: a RuntimeError or an InterruptException with these words.
_ENGINE_WORDS = ("Query interrupted", "INTERRUPT Error")


@contextmanager
def stopped_by_keyboard(hint: str) -> Iterator[None]:
    """Raise Interrupted with that hint for every kind of interruption inside."""
    try:
        yield
    except (KeyboardInterrupt, Interrupted) as error:
        raise Interrupted("Stopped from the keyboard.", hint) from error
    except Exception as error:
        if not any(words in str(error) for words in _ENGINE_WORDS):
            raise
        raise Interrupted("Stopped from the keyboard.", hint) from error


def continue_with(run_id: str) -> str:
    """Return the words that name the command which continues a run."""
    return f"Continue with: zdpipe resume {run_id}"
