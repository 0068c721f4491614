"""One message to one channel, in a process of its own: `python -m zdpipe.alerts.letter`.

The address is read from stdin, for arguments and environments can be read by others. It is a process because
a service may never answer, and only a process can be ended from outside.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from threading import Timer
from typing import Any

from zdpipe.model.alert import Delivery

# What apprise's plugins write when a service answers with a status: "… error=503."
_STATUS = re.compile(r"error=(\d{3})\b")
_UNREACHED = re.compile(r"connection error", re.IGNORECASE)
# requests says so, on the level of debugging, after the message has left.
_UNANSWERED = re.compile(r"read timed out|connection aborted", re.IGNORECASE)


def deliver(letter: dict[str, Any]) -> dict[str, str]:
    """Send `title` and `body` to the service that `address` names, as bad or good news.

    Returns `delivery` and `words`: of what a service says its status alone; the rest may repeat the address.
    """
    try:
        import apprise  # noqa: PLC0415 - an extra, and only where there is something to tell
    except ImportError:
        return {"delivery": Delivery.NOT_INSTALLED, "words": ""}
    heard = _Heard()
    logger = logging.getLogger("apprise")
    level = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addHandler(heard)
    try:
        service = apprise.Apprise()
        if not service.add(letter["address"]):
            return {"delivery": Delivery.NO_SERVICE, "words": ""}
        kind = apprise.NotifyType.SUCCESS if letter["is_good"] else apprise.NotifyType.FAILURE
        sent = service.notify(
            body=letter["body"],
            title=letter["title"],
            notify_type=kind,
            body_format=apprise.NotifyFormat.TEXT,
        )
    finally:
        logger.removeHandler(heard)
        logger.setLevel(level)
    return {"delivery": Delivery.SENT, "words": ""} if sent else heard.as_answer()


class _Heard(logging.Handler):
    """Listens to why a service was not reached."""

    def __init__(self) -> None:
        super().__init__()
        self._delivery = Delivery.REFUSED
        self._words = "the service did not take the message"

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the status of an answer, or that there was none."""
        said = record.getMessage()
        if _UNANSWERED.search(said):
            self._delivery = Delivery.TIMED_OUT
            self._words = "the service took the message and did not answer"
        elif self._delivery is Delivery.TIMED_OUT:
            return
        elif status := _STATUS.search(said):
            self._words = f"the service answered {status[1]}"
        elif _UNREACHED.search(said):
            self._words = "the service cannot be reached"

    def as_answer(self) -> dict[str, str]:
        """Return what came of a message that was not delivered, for all that is known."""
        return {"delivery": self._delivery, "words": self._words}


def main() -> None:
    """Read a letter from stdin, deliver it, and say on stdout how it went."""
    letter = json.load(sys.stdin)
    # Should whoever waits for this process be killed, nobody else would end it.
    last = Timer(letter["seconds"], os._exit, [1])
    last.daemon = True
    last.start()
    answer = deliver(letter)
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)  # threads of a service's library may still hang


if __name__ == "__main__":
    main()
