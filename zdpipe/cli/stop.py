"""What ^C and SIGTERM do while the pipeline works."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event
from types import TracebackType
from typing import Any

from zdpipe.errors import Interrupted

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignals(AbstractContextManager["StopSignals"]):
    """Turns the first signal into a gentle stop while users are being sent, else into KeyboardInterrupt.

    While sending, `on_gentle` is called to say so, and the request under way is finished first. A second
    signal never waits. `event` is set by the first in any case: what it ended may have been an alert of a
    query that was through, and the next query is to ask before it begins.
    """

    def __init__(self, is_sending: Callable[[], bool], on_gentle: Callable[[], None] = lambda: None) -> None:
        self.event = Event()
        self._is_sending = is_sending
        self._on_gentle = on_gentle
        self._raised = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> StopSignals:
        """Take the signals over."""
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back; an error that our interruption caused below counts as the interruption."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        # DuckDB turns a KeyboardInterrupt into an error of its own.
        if self._raised and isinstance(error, Exception) and not isinstance(error, Interrupted):
            raise KeyboardInterrupt from error

    def _handle(self, *_: object) -> None:
        is_first = not self.event.is_set()
        self.event.set()
        if is_first and self._is_sending():
            self._on_gentle()
            return
        self._raised = True
        raise KeyboardInterrupt
