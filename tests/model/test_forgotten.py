from __future__ import annotations

import json

import pytest

from zdpipe.model.forgotten import Erased, Person, is_placeholder, placeholder

PERSON = Person(placeholder("0a1b2c3d")).also(
    keys={"a  1", "jane@x.org"},
    ids={" A  1 ", None, ""},
    emails={"jane@x.org"},
    names={"Jane  DOE"},
    phones={"+1 (206) 555-0134", "12 34"},
    zendesk={("acme.zendesk.com", 17)},
)


def test_keys_stay_as_they_are_and_everything_else_is_tidied() -> None:
    assert PERSON.keys == {"a  1", "jane@x.org"}
    assert PERSON.ids == {"a 1"}
    assert PERSON.names == {"jane doe"}
    assert PERSON.numbers == {"12065550134", "2065550134"}
    assert PERSON.is_known


def test_a_person_who_was_written_down_is_the_same() -> None:
    assert Person.from_json(json.loads(json.dumps(PERSON.as_json()))) == PERSON


def test_nobody_is_known_by_a_name_alone() -> None:
    assert not Person(placeholder("0a1b2c3d")).also(names={"Jane"}, phones={"+12065550134"}).is_known


@pytest.mark.parametrize(
    "key", ["forgotten-", "forgotten-0a1b2c3", "forgotten-0A1B2C3D", "xforgotten-0a1b2c3d"]
)
def test_only_placeholders_are_taken_for_such(key: str) -> None:
    assert is_placeholder(placeholder("0a1b2c3d"))
    assert not is_placeholder(key)


def test_erasures_add_up() -> None:
    assert Erased(1, 2, 3, 4, 5) + Erased(logs=1) == Erased(1, 2, 3, 4, 6)
