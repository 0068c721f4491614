from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from zdpipe.cli.progress import Bar, Lines, open_progress


class Hands:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def test_a_log_gets_plain_lines_now_and_then(capfd: pytest.CaptureFixture[str]) -> None:
    clock = Hands()
    lines = open_progress(clock, io.StringIO())
    lines.stage("reading")
    for rows in range(100_000, 1_300_000, 100_000):
        clock.sleep(1)
        lines.rows_read(rows)
    clock.sleep(5)
    lines.sending(2_000, 0)
    for _ in range(20):
        clock.sleep(1)
        lines.sent(100)
        lines.settled(100)
    assert capfd.readouterr().err.splitlines() == [
        "Reading",
        "Read 500,000 rows",
        "Read 1,000,000 rows",
        "Sending 2,000 users",
        "Sent 500 of 2,000 users, 100/s, 15 s left",
        "Sent 1,000 of 2,000 users, 100/s, 10 s left",
        "Sent 1,500 of 2,000 users, 100/s, 5 s left",
        "Sent 2,000 of 2,000 users, 100/s, 0 s left",
    ]


def test_a_long_wait_is_told_and_a_short_one_is_not(capfd: pytest.CaptureFixture[str]) -> None:
    lines = Lines(Hands())
    lines.waiting("nothing much", 0.2)
    lines.waiting("Zendesk's job slots are taken", 30)
    assert capfd.readouterr().err == "Waiting 30.0 s: Zendesk's job slots are taken\n"


@pytest.mark.parametrize("seconds", [0.0, 0.01, 60.0])
def test_no_rate_is_told_before_there_is_one(seconds: float, capfd: pytest.CaptureFixture[str]) -> None:
    clock = Hands()
    lines = Lines(clock)
    lines.sending(150, 50)
    clock.sleep(seconds)
    lines.sent(100)
    lines.sent(0)
    assert "/s" not in capfd.readouterr().err


@pytest.mark.parametrize("width", [40, 60, 100])
def test_a_terminal_gets_a_bar_that_fits(width: int) -> None:
    screen, clock = io.StringIO(), Hands()
    bar = Bar(
        Console(file=screen, force_terminal=True, width=width, color_system=None, get_time=clock.monotonic)
    )
    bar.stage("reading")
    bar.rows_read(2_000)
    assert not bar.is_sending
    bar.sending(2_000, 500)
    assert bar.is_sending
    bar.sent(1_000)
    bar.waiting("Zendesk is busy", 12)
    clock.sleep(10)
    bar.sent(1_000)
    bar.close()
    assert not bar.is_sending
    assert "2,000 of 2,000" in screen.getvalue()
    lines = [line for part in screen.getvalue().split("\x1b") for line in part.splitlines()]
    assert max(len(line) for line in lines) <= width + len("[2K")
    assert "…" not in screen.getvalue()


def test_the_bar_tells_users_rate_and_time_left_in_words() -> None:
    clock = Hands()
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, color_system=None, get_time=clock.monotonic)
    bar = Bar(console)
    bar.sending(2_000, 0)
    for _ in range(10):
        clock.sleep(1)
        bar.sent(100)
    bar.close()
    assert "1,000 of 2,000 users" in screen.getvalue()
    assert "100/s" in screen.getvalue()
    assert "10 s left" in screen.getvalue()


def test_a_bar_that_was_asked_to_stop_goes_on_saying_so() -> None:
    screen = io.StringIO()
    bar = Bar(Console(file=screen, force_terminal=True, width=80, color_system=None))
    bar.sending(2_000, 0)
    bar.stopping()
    bar.sent(100)
    bar.waiting("jobs to end", 3)
    bar.close()
    before, said, after = screen.getvalue().partition("Stopping")
    assert said
    assert "Waiting" not in before + after
    assert "Sending" not in after


def test_reading_ends_sending() -> None:
    for report in (Lines(Hands()), Bar(Console(file=io.StringIO(), force_terminal=True))):
        report.sending(10, 0)
        report.rows_read(5)
        assert not report.is_sending
        report.close()


def test_a_query_after_another_has_nothing_under_way_yet() -> None:
    bar = Bar(Console(file=io.StringIO(), force_terminal=True, width=90))
    for progress in (Lines(Hands()), bar):
        progress.sending(10, 0)
        assert progress.is_sending
        progress.subject("queries/b.sql", None)
        assert not progress.is_sending
    bar.close()
