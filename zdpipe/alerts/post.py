"""Messages to channels, all at once and in bounded time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec

from zdpipe.clock import Clock
from zdpipe.model.alert import Delivery, Message, Told
from zdpipe.project.secret import Secret

EXTRA = "pip install 'zdpipe[alerts]'"
_LETTER = [sys.executable, "-P", "-m", "zdpipe.alerts.letter"]
# A service that splits long messages decides by itself; this is what any of them may get at most.
_LONGEST = 8_000
# The process that delivers ends itself where nobody does it any more.
_GRACE = 5
# To see that a process is through takes a moment, also when others took all the time.
_LOOK = 0.2
_CURES = {
    Delivery.REFUSED: "Look at the service, and at the address in the secret.",
    Delivery.TIMED_OUT: "Look at the service, or raise [alerts] timeout in zdpipe.toml.",
    Delivery.BROKEN: "See whether apprise itself reaches it; the address is in the secret.",
    Delivery.NO_SERVICE: "Put the address of a service that apprise knows into the secret: "
    "https://github.com/caronc/apprise#supported-notifications",
    Delivery.NOT_INSTALLED: f"Install it with: {EXTRA}",
}


@dataclass(frozen=True)
class Addressed:
    """A message with the address of the channel that gets it."""

    channel: str
    address: Secret
    message: Message


class Post:
    """Delivers messages; whatever a channel does, it takes no longer than `seconds`."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds

    def deliver(self, letters: list[Addressed]) -> list[Told]:
        """Deliver all letters side by side and say how each went; never raises for what a channel does."""
        if find_spec("apprise") is None:
            return [_told(letter.channel, Delivery.NOT_INSTALLED, "apprise is missing") for letter in letters]
        with ExitStack() as under_way:
            end = self._clock.monotonic() + self._seconds
            started = [(letter.channel, self._start(letter, under_way)) for letter in letters]
            return [self._wait(channel, process, end) for channel, process in started]

    def _start(self, letter: Addressed, under_way: ExitStack) -> subprocess.Popen[bytes] | None:
        try:
            # In a session of its own: ^C at a terminal is for whoever waits, who then ends it.
            process = subprocess.Popen(  # noqa: S603 - our own module, by this very interpreter
                _LETTER,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            under_way.callback(_end, process)
            self._hand_over(letter, process)
        except OSError:
            return None
        return process

    def _hand_over(self, letter: Addressed, process: subprocess.Popen[bytes]) -> None:
        message = letter.message
        words: Mapping[str, object] = {
            "address": letter.address.reveal(),
            "title": message.title,
            "body": message.body[:_LONGEST],
            "is_good": message.is_good,
            "seconds": self._seconds + _GRACE,
        }
        if process.stdin is not None:  # always there with PIPE
            process.stdin.write(json.dumps(words).encode())
            process.stdin.close()
            process.stdin = None

    def _wait(self, channel: str, process: subprocess.Popen[bytes] | None, end: float) -> Told:
        if process is None:
            return _told(channel, Delivery.BROKEN, "no process could be started for it")
        try:
            said, _ = process.communicate(timeout=max(_LOOK, end - self._clock.monotonic()))
        except subprocess.TimeoutExpired:
            return _told(channel, Delivery.TIMED_OUT, f"there was no answer within {self._seconds:g} seconds")
        try:
            answer = json.loads(said)
            return _told(channel, Delivery(answer["delivery"]), answer["words"])
        except (ValueError, KeyError, TypeError):
            return _told(channel, Delivery.BROKEN, "delivering it ended with an error")


def _told(channel: str, delivery: Delivery, words: str) -> Told:
    words = words or _WORDS.get(delivery, "")
    return Told(channel, delivery, words, _CURES.get(delivery, ""))


_WORDS = {
    Delivery.NO_SERVICE: "the secret is no address that apprise knows",
    Delivery.NOT_INSTALLED: "apprise is missing",
}


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that may be through already, and leave nothing of it behind."""
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
