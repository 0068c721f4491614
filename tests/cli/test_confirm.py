from __future__ import annotations

import io

import pytest

from zdpipe.cli.confirm import confirm_destination
from zdpipe.errors import UsageProblem
from zdpipe.project.destination import Destination

PROTECTED = Destination(name="production", subdomain="acme", protected=True)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def answer(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """Put a person at a terminal who says this."""
    monkeypatch.setattr("sys.stdin", Terminal(words))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)


def test_nobody_is_asked_about_an_unprotected_destination() -> None:
    confirm_destination(Destination(name="sandbox", subdomain="acme"), yes=False)


def test_yes_answers_beforehand() -> None:
    confirm_destination(PROTECTED, yes=True)


def test_without_a_terminal_yes_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(UsageProblem, match="acme") as caught:
        confirm_destination(PROTECTED, yes=False)
    assert "--yes" in caught.value.hint


@pytest.mark.parametrize("words", ["y\n", " YES \n"])
def test_a_person_says_yes_to_the_account(
    words: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    answer(monkeypatch, words)
    confirm_destination(PROTECTED, yes=False)
    assert "acme.zendesk.com" in capfd.readouterr().err


@pytest.mark.parametrize("words", ["n\n", "", "production\n"])
def test_anything_else_is_no(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, words)
    with pytest.raises(UsageProblem, match="Nothing was sent"):
        confirm_destination(PROTECTED, yes=False)
