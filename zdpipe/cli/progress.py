"""A run's progress on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from zdpipe.cli import json_log
from zdpipe.cli.json_progress import JsonLines
from zdpipe.cli.output import note
from zdpipe.clock import Clock
from zdpipe.model.progress import Progress as Listener
from zdpipe.reports.words import count, duration

_SECONDS_BETWEEN_LINES = 5.0
# Below these widths there is no room for the noun, and none for the bar beside the numbers, which take about
# so many columns.
_ROOMY = 80
_WIDE = 60
_NUMBERS = 30
_STOPPING = "Stopping"


class Report(Listener, Protocol):
    """A listener that can be closed, and knows whether users are under way to Zendesk."""

    @property
    def is_sending(self) -> bool:
        """Whether a stop must let the request under way finish."""
        ...

    def stopping(self) -> None:
        """Somebody asked to stop: what is under way is finished first."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was."""
        ...


def open_progress(clock: Clock, stream: TextIO | None = None) -> Report:
    """Return what fits the stream, by default stderr."""
    if json_log.is_json():
        return JsonLines(clock)
    console = Console(file=stream or sys.stderr)
    return Bar(console) if console.is_terminal else Lines(clock)


class Bar:
    """A spinner of words while planning, a bar with rate and time left while sending."""

    def __init__(self, console: Console) -> None:
        self._words = TextColumn("{task.description}", markup=False)
        self._progress = Progress(self._words, console=console, transient=True, refresh_per_second=5)
        self._task = self._progress.add_task("", total=None)
        self._width = console.width
        self._total = 0
        self._started = False
        self._is_stopping = False
        self.is_sending = False

    def subject(self, query: str, run_id: str | None) -> None:  # noqa: ARG002 - as every listener has it
        """Say nothing, for whoever watches knows; nothing of it is under way yet."""
        self.is_sending = False

    def stage(self, words: str) -> None:
        """Name the stage."""
        self._describe(_sentence(words))

    def rows_read(self, rows: int) -> None:
        """Tell how many rows were read; whoever reads does not send."""
        self.is_sending = False
        self._describe(f"Read {count(rows)} rows")

    def sending(self, total: int, done: int) -> None:
        """Show the bar."""
        self.is_sending = True
        self._total = total
        bar = [BarColumn(bar_width=None)] if self._width >= _WIDE else []
        sent = Sent(" users" if self._width >= _ROOMY else "")
        self._progress.reset(self._task, total=total, completed=min(done, total), description="Sending")
        self._progress.columns = (self._words, *bar, sent, Rate(), TimeLeft())
        self._describe("Sending")

    def sent(self, users: int) -> None:
        """Move the bar; users that are sent again do not move it past its end."""
        task = self._progress.tasks[0]
        left = max(0, self._total - int(task.completed))
        self._progress.update(self._task, advance=min(users, left))
        self._describe("Sending" if users < left else "Finishing")

    def settled(self, users: int) -> None:
        """Say nothing: results follow the sending by a second or two."""

    def waiting(self, why: str, seconds: float) -> None:
        """Tell why nothing moves."""
        if seconds >= 1:
            words = f"Waiting {duration(seconds)}: {why}" if self._width >= _WIDE else "Waiting"
            self._describe(words[: self._width - _NUMBERS])

    def remark(self, words: str) -> None:
        """Print it above the bar."""
        self._progress.console.print(words, style="yellow", markup=False, highlight=False)

    def stopping(self) -> None:
        """Say so for as long as the bar is there; runs inside of a signal handler, so it only sets words."""
        self._is_stopping = True
        self._progress.update(self._task, description=_STOPPING)

    def close(self) -> None:
        """Take the bar away."""
        self.is_sending = False
        self._progress.stop()

    def _describe(self, words: str) -> None:
        if not self._started:
            self._started = True
            self._progress.start()
        self._progress.update(self._task, description=_STOPPING if self._is_stopping else words)


class Sent(ProgressColumn):
    """Users sent, of all there are to send."""

    def __init__(self, noun: str) -> None:
        super().__init__()
        self._noun = noun

    def render(self, task: Task) -> Text:
        """Return both numbers; the first keeps its width, so that nothing beside it moves."""
        total = count(int(task.total or 0))
        return Text(
            f"{count(int(task.completed)):>{len(total)}} of {total}{self._noun}", "green", no_wrap=True
        )


class TimeLeft(ProgressColumn):
    """How long it will take at this rate."""

    def render(self, task: Task) -> Text:
        """Return the time in words, blank until a rate is known."""
        left = task.time_remaining
        return Text(f"{duration(left, whole=True)} left" if left is not None else "", "cyan", no_wrap=True)


class Rate(ProgressColumn):
    """Users a second, lately."""

    def render(self, task: Task) -> Text:
        """Return the rate, blank until one is known."""
        return Text(f"{task.speed:.0f}/s" if task.speed else "", "cyan", no_wrap=True)


class Lines:
    """A plain line, at most one every few seconds, for logs and pipes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: float | None = None
        self._total = 0
        self._done = 0
        self._sent = 0
        self._first = 0
        self._since = 0.0
        self.is_sending = False

    def subject(self, query: str, run_id: str | None) -> None:  # noqa: ARG002 - as every listener has it
        """Say nothing, for the summary does; nothing of it is under way yet."""
        self.is_sending = False

    def stage(self, words: str) -> None:
        """Name the stage."""
        self._say(_sentence(words))

    def rows_read(self, rows: int) -> None:
        """Tell how many rows were read; whoever reads does not send."""
        self.is_sending = False
        self._say(f"Read {count(rows)} rows")

    def sending(self, total: int, done: int) -> None:
        """Begin to count."""
        self.is_sending = True
        self._total, self._done, self._sent = total, done, 0
        self._say(f"Sending {count(total - done, 'user')}")

    def sent(self, users: int) -> None:
        """Tell users sent, rate and time left."""
        if not self._sent:
            self._first, self._since = users, self._clock.monotonic()
        self._sent += users
        seconds = self._clock.monotonic() - self._since
        done = min(self._done + self._sent, self._total)
        words = f"Sent {count(done)} of {count(self._total)} users"
        if seconds > 0 and self._sent > self._first:
            # What left first took no time yet, and would make the rate look higher than the limit.
            rate = (self._sent - self._first) / seconds
            words += f", {rate:.0f}/s, {duration((self._total - done) / rate, whole=True)} left"
        self._say(words)

    def settled(self, users: int) -> None:
        """Say nothing: results follow the sending by a second or two."""

    def waiting(self, why: str, seconds: float) -> None:
        """Tell why nothing moves."""
        if seconds >= 1:
            self._say(f"Waiting {duration(seconds)}: {why}")

    def remark(self, words: str) -> None:
        """Print it at once."""
        note(words)

    def stopping(self) -> None:
        """Leave it to the summary, which follows soon: a signal handler cannot write safely."""

    def close(self) -> None:
        """Remember that nothing is under way."""
        self.is_sending = False

    def _say(self, words: str) -> None:
        now = self._clock.monotonic()
        if self._last is None or now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            note(words)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
