"""The catalogue of failures: nothing that fails is without a cause, a cure and an action."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.model.codes import every_code
from zdpipe.model.action import WORDS, ActionName
from zdpipe.model.catalogue import (
    CODES,
    CUSTOMERS,
    CUSTOMERS_FAILED,
    FAREWELLS,
    GONE_FAILED,
    GUARDS,
    TOLD,
    Entry,
)
from zdpipe.model.gone import Fate
from zdpipe.model.guard import Guard
from zdpipe.model.reasons import Failure

# No error has them: they are about runs that are through.
ABOUT_RUNS = {CUSTOMERS_FAILED, GONE_FAILED, TOLD}
ALL = {
    f"{name} {code}": entry
    for name, entries in {
        "error": CODES,
        "guard": GUARDS,
        "customer": CUSTOMERS,
        "gone": FAREWELLS,
    }.items()
    for code, entry in entries.items()
}


def test_codes_are_found_wherever_they_are_made() -> None:
    found = every_code()
    assert found["unauthorized"] == "zdpipe.pipeline.refused"  # a keyword's text
    assert found["killed"] == "zdpipe.alerts.occasion"  # the first of a stop
    assert found["custom_fields"] == "zdpipe.pipeline.check"  # the last of an answer
    assert found["extension_missing"].startswith("zdpipe.engine.")  # a module's constant
    assert found["seal_broken"] == "zdpipe.pipeline.sealing"  # a class of its own
    assert found["locked"] == "zdpipe.errors"


def test_every_code_of_an_error_is_in_the_catalogue() -> None:
    assert {code: module for code, module in every_code().items() if code not in CODES} == {}


def test_the_catalogue_has_no_code_that_nothing_has() -> None:
    assert set(CODES) - set(every_code()) == ABOUT_RUNS


@pytest.mark.parametrize(
    ("entries", "codes"),
    [
        (GUARDS, set(Guard)),
        (CUSTOMERS, set(Failure)),
        (FAREWELLS, {fate for fate in Fate if not fate.is_final}),
    ],
    ids=["guards", "customers", "gone"],
)
def test_every_other_code_is_in_the_catalogue(entries: Mapping[str, Entry], codes: set[str]) -> None:
    assert set(entries) == codes


@pytest.mark.parametrize("entry", ALL.values(), ids=ALL)
def test_an_entry_has_a_cause_a_cure_and_an_action(entry: Entry) -> None:
    for words in (entry.sentence, entry.cure):
        assert words == words.strip()
        assert words[0].isupper() or words.startswith("zdpipe.toml")
        assert words.endswith(".")
    assert ". " not in entry.sentence
    assert entry.actions
    assert len(set(entry.actions)) == len(entry.actions)


def test_every_action_has_words_and_is_of_use() -> None:
    assert set(WORDS) == set(ActionName)
    assert {name for entry in ALL.values() for name in entry.actions} == set(ActionName)
