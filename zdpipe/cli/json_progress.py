"""A run's progress as JSON lines: numbers a program can read, at most one line every few seconds."""

from __future__ import annotations

from zdpipe.cli import json_log
from zdpipe.cli.json_log import Level
from zdpipe.cli.output import log
from zdpipe.clock import Clock
from zdpipe.reports.words import count, duration

_SECONDS_BETWEEN_LINES = 5.0


class JsonLines:
    """Says what `Lines` says; a new stage and the beginning of sending are always told."""

    def __init__(self, clock: Clock) -> None:
        json_log.begin(clock)
        self._clock = clock
        self._last: float | None = None
        self._total = self._done = self._settled = 0
        self.is_sending = False

    def subject(self, query: str, run_id: str | None) -> None:
        """Name them in all further lines; nothing of them is under way yet."""
        self.is_sending = False
        json_log.about(query, run_id)

    def stage(self, words: str) -> None:
        """Name the stage in this line and all further ones."""
        json_log.enter(words)
        log(Level.INFO, words[:1].upper() + words[1:])

    def rows_read(self, rows: int) -> None:
        """Tell how many rows were read; whoever reads does not send."""
        self.is_sending = False
        self._now_and_then(f"Read {count(rows)} rows", read=rows)

    def sending(self, total: int, done: int) -> None:
        """Begin to count."""
        self.is_sending = True
        self._total, self._done, self._settled = total, done, done
        json_log.enter("sending")
        log(Level.INFO, f"Sending {count(total - done, 'user')}", **self._counts())

    def sent(self, users: int) -> None:
        """Tell how many users were sent; those that are sent again count once."""
        self._done = min(self._done + users, self._total)
        words = f"Sent {count(self._done)} of {count(self._total)} users"
        self._now_and_then(words, **self._counts())

    def settled(self, users: int) -> None:
        """Count them for the next line."""
        self._settled = min(self._settled + users, self._total)

    def waiting(self, why: str, seconds: float) -> None:
        """Tell why nothing moves."""
        if seconds >= 1:
            self._now_and_then(f"Waiting {duration(seconds)}: {why}", seconds=round(seconds, 1))

    def remark(self, words: str) -> None:
        """Tell it at once."""
        log(Level.WARNING, words)

    def stopping(self) -> None:
        """Leave it to the run's last line: a signal handler cannot write safely."""

    def close(self) -> None:
        """Remember that nothing is under way."""
        self.is_sending = False

    def _counts(self) -> dict[str, int]:
        return {"sent": self._done, "settled": self._settled, "total": self._total}

    def _now_and_then(self, words: str, **more: object) -> None:
        now = self._clock.monotonic()
        if self._last is None or now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            log(Level.INFO, words, **more)
