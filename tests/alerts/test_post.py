"""Messages leave side by side, and in bounded time."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from tests.alerts.receiver import receiving
from zdpipe.alerts import post
from zdpipe.alerts.post import Addressed, Post
from zdpipe.clock import SystemClock
from zdpipe.model.alert import Delivery, Message
from zdpipe.project.secret import Secret


def addressed(channel: str, address: str, body: str = "Words.") -> Addressed:
    return Addressed(channel, Secret(address), Message("A title", body))


def test_every_channel_has_its_own_outcome_in_the_order_of_the_letters() -> None:
    with receiving() as one, receiving() as two:
        two.status = 500
        letters = [addressed("b", two.address), addressed("a", one.address), addressed("c", "nothing")]
        told = Post(SystemClock(), 60).deliver(letters)
        assert [(each.channel, each.delivery) for each in told] == [
            ("b", Delivery.REFUSED),
            ("a", Delivery.SENT),
            ("c", Delivery.NO_SERVICE),
        ]
        assert [bool(each.hint) for each in told] == [True, False, True]
        assert len(one.messages) == 1


def test_who_never_answers_is_left_and_its_process_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import sys, time; sys.stdin.read(); time.sleep(600)"
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(
        _: object, *, stdin: int, stdout: int, stderr: int, start_new_session: bool
    ) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-c", script]
        started.append(
            popen(words, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=start_new_session)
        )
        return started[-1]

    monkeypatch.setattr(post.subprocess, "Popen", start)
    before = time.monotonic()
    told = Post(SystemClock(), 0.5).deliver([addressed("a", "json://x"), addressed("b", "json://x")])
    assert time.monotonic() - before < 30
    assert [(each.delivery, each.words) for each in told] == [
        (Delivery.TIMED_OUT, "there was no answer within 0.5 seconds")
    ] * 2
    assert all(process.poll() is not None for process in started)


@pytest.mark.parametrize("script", ["raise SystemExit(1)", "print('no JSON')", "print('{}')"])
def test_a_process_that_breaks_is_an_outcome(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(post, "_LETTER", [sys.executable, "-c", script])
    assert Post(SystemClock(), 60).deliver([addressed("a", "json://x")])[0].delivery is Delivery.BROKEN


def test_a_process_that_cannot_start_is_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "_LETTER", ["/nowhere/python"])
    told = Post(SystemClock(), 60).deliver([addressed("a", "json://x")])
    assert (told[0].delivery, told[0].words) == (Delivery.BROKEN, "no process could be started for it")


def test_without_the_extra_the_cure_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "find_spec", lambda _: None)
    told = Post(SystemClock(), 60).deliver([addressed("a", "json://x")])
    assert (told[0].delivery, told[0].hint) == (
        Delivery.NOT_INSTALLED,
        "Install it with: pip install 'zdpipe[alerts]'",
    )


def test_the_longest_message_fits_through(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as service:
        told = Post(SystemClock(), 60).deliver([addressed("a", service.address, "\N{SNOWMAN}" * 100_000)])
        assert told[0].ok
        assert len(service.messages[0]["message"]) == 8_000
