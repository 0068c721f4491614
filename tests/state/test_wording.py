"""A person inside the words of others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe.model.forgotten import Person, placeholder
from zdpipe.state.wording import FORGOTTEN, Wording

PERSON = Person(placeholder("0a1b2c3d")).also(
    keys={"zq-7731"}, ids={"zq-7731", "a1"}, emails={"zeb+odd@x.org"}, names={"Zebulona Ñandú"},
    phones={"+12063428631"}, zendesk={("acme", 32149000000017)},
)  # fmt: skip
WORDING = Wording(PERSON)


@pytest.mark.parametrize(
    "text",
    [
        "ZQ-7731",
        "Zeb+Odd@X.org",
        "zeb%2Bodd%40x.org",
        "zebulona   ñandú",
        "Zebulona \\u00f1and\\u00fa",
        "+12063428631",
        "2063428631",
        "32149000000017",
    ],
)
def test_every_spelling_goes(text: str) -> None:
    assert WORDING.without(f"Invalid: '{text}', sorry") == f"Invalid: '{FORGOTTEN}', sorry"


@pytest.mark.parametrize("text", ["zq-77310", "xzq-7731", "a1", "Zebulona", "321490000000171", ""])
def test_parts_of_other_words_and_short_ids_stay(text: str) -> None:
    assert WORDING.without(text) == text


def test_names_may_stay() -> None:
    assert Wording(PERSON, names=False).without("Zebulona Ñandú, zq-7731") == f"Zebulona Ñandú, {FORGOTTEN}"


def test_nobody_is_taken_out_of_nothing() -> None:
    assert Wording(Person(placeholder("0a1b2c3d"))).without("anything") == "anything"
    assert WORDING.without(None) is None
    assert WORDING.without_in_json(None) is None


def test_json_is_searched_as_it_is_meant() -> None:
    text = json.dumps({"a": ["Zebulona Ñandú", 1], "b": {"c": "zq-7731"}, "d": None})
    assert json.loads(WORDING.without_in_json(text) or "") == {
        "a": [FORGOTTEN, 1],
        "b": {"c": FORGOTTEN},
        "d": None,
    }
    untouched = '{"a":  "b"}'
    assert WORDING.without_in_json(untouched) == untouched


def test_a_file_changes_only_where_it_names_the_person(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"zq-7731 \xff\n")
    assert WORDING.rewrite(path)
    assert path.read_text(encoding="utf-8") == f"{FORGOTTEN} \\xff\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert not WORDING.rewrite(path)


@given(st.text(), st.text())
def test_taken_out_once_is_taken_out(before: str, after: str) -> None:
    once = WORDING.without(f"{before} zq-7731 {after}")
    assert WORDING.without(once) == once
