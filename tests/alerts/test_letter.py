"""One message to one service, on a real socket."""

from __future__ import annotations

import builtins
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.alerts.receiver import Receiver, receiving
from zdpipe.alerts.letter import deliver
from zdpipe.model.alert import Delivery

# apprise loads all its plugins here, and one of them a module that Python is going to drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def service() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def letter(address: str, **more: object) -> dict[str, Any]:
    return {"address": address, "title": "A title", "body": "Words.\n  zdpipe run", "is_good": False, **more}


def test_a_service_gets_title_words_and_whether_it_is_bad(service: Receiver) -> None:
    assert deliver(letter(service.address))["delivery"] == Delivery.SENT
    assert deliver(letter(service.address, is_good=True))["delivery"] == Delivery.SENT
    assert [message["type"] for message in service.messages] == ["failure", "success"]
    assert service.messages[0]["title"] == "A title"
    assert service.messages[0]["message"] == "Words.\n  zdpipe run"


@pytest.mark.parametrize("status", [400, 404, 503])
def test_a_refusal_says_its_status_and_nothing_of_the_address(service: Receiver, status: int) -> None:
    service.status = status
    answer = deliver(letter(service.address))
    assert answer == {"delivery": Delivery.REFUSED, "words": f"the service answered {status}"}


def test_who_does_not_answer_may_have_taken_it(service: Receiver) -> None:
    service.hangs = True
    assert deliver(letter(f"{service.address}?rto=1"))["delivery"] == Delivery.TIMED_OUT
    assert len(service.messages) == 1


def test_who_is_not_there_took_nothing() -> None:
    answer = deliver(letter("json://127.0.0.1:1/pl4nted"))
    assert answer == {"delivery": Delivery.REFUSED, "words": "the service cannot be reached"}


@pytest.mark.parametrize("address", ["", "no address", "nothing://here", "json://"])
def test_what_is_no_address_is_said_to_be_none(address: str) -> None:
    assert deliver(letter(address))["delivery"] == Delivery.NO_SERVICE


def test_without_the_extra_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, service: Receiver) -> None:
    ordinary = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "apprise":
            raise ImportError
        return ordinary(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert deliver(letter(service.address))["delivery"] == Delivery.NOT_INSTALLED
    assert service.messages == []


def test_listening_changes_nothing_for_others(service: Receiver) -> None:
    logger = logging.getLogger("apprise")
    before = (logger.level, list(logger.handlers))
    deliver(letter(service.address))
    assert (logger.level, logger.handlers) == before


def test_the_process_reads_its_letter_and_ends_by_itself(service: Receiver) -> None:
    command = [sys.executable, "-P", "-m", "zdpipe.alerts.letter"]
    said = subprocess.run(
        command,
        input=json.dumps(letter(service.address, seconds=60)).encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(said.stdout)["delivery"] == Delivery.SENT
    service.hangs = True
    lonely = letter(f"{service.address}?rto=300", seconds=4)
    ended = subprocess.run(
        command, check=False, input=json.dumps(lonely).encode(), capture_output=True, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (1, b"")
