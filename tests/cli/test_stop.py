from __future__ import annotations

import os
import signal
from contextlib import suppress

import pytest

from zdpipe.cli.stop import StopSignals
from zdpipe.clock import SystemClock
from zdpipe.errors import Interrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_while_planning_a_signal_interrupts_at_once(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), StopSignals(lambda: False):
        os.kill(os.getpid(), number)


def test_while_sending_the_first_signal_only_asks_and_somebody_is_told() -> None:
    told: list[bool] = []
    with StopSignals(lambda: True, lambda: told.append(True)) as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.event.is_set()
    assert told == [True]


def test_the_second_signal_never_waits() -> None:
    with StopSignals(lambda: True):
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_that_ended_only_an_alert_stops_what_would_begin_next() -> None:
    with StopSignals(lambda: False) as stop:
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Interrupted):
            SystemClock(stop.event).sleep(0)


def test_an_error_made_of_the_interruption_is_the_interruption() -> None:
    def engine() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            raise RuntimeError("Query interrupted") from None

    with pytest.raises(KeyboardInterrupt), StopSignals(lambda: False):
        engine()


def test_any_other_error_passes_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), StopSignals(lambda: False):
        raise ZeroDivisionError
    with pytest.raises(Interrupted), StopSignals(lambda: False):
        _interrupted()


def _interrupted() -> None:
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise Interrupted("Stopped.") from None


def test_signals_are_given_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with StopSignals(lambda: False):
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
