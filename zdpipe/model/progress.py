"""What a run says while it works."""

from __future__ import annotations

from typing import Protocol

# Why nothing happens, where it is the account's limits.
LIMITS = "the account's limits"


class Progress(Protocol):
    """Somebody who is told how a run goes on: a terminal, a log, nobody."""

    def subject(self, query: str, run_id: str | None) -> None:
        """The query, and once there is one the run, that everything further is about."""
        ...

    def stage(self, words: str) -> None:
        """A new stage begins, such as "reading"."""
        ...

    def rows_read(self, rows: int) -> None:
        """So many rows in all were read by now."""
        ...

    def sending(self, total: int, done: int) -> None:
        """Sending begins: so many users in all, so many settled by an earlier sitting."""
        ...

    def sent(self, users: int) -> None:
        """That many more users left."""
        ...

    def settled(self, users: int) -> None:
        """The outcome of that many more users is known."""
        ...

    def waiting(self, why: str, seconds: float) -> None:
        """Nothing happens for a while, and why."""
        ...

    def remark(self, words: str) -> None:
        """Something to know, whatever comes of the run."""
        ...


class Silence:
    """Listens to nothing."""

    def subject(self, query: str, run_id: str | None) -> None:
        """Ignore it."""

    def stage(self, words: str) -> None:
        """Ignore it."""

    def rows_read(self, rows: int) -> None:
        """Ignore it."""

    def sending(self, total: int, done: int) -> None:
        """Ignore it."""

    def sent(self, users: int) -> None:
        """Ignore it."""

    def settled(self, users: int) -> None:
        """Ignore it."""

    def waiting(self, why: str, seconds: float) -> None:
        """Ignore it."""

    def remark(self, words: str) -> None:
        """Ignore it."""
