from __future__ import annotations

import json
from dataclasses import replace

import pytest

from zdpipe.model.seal import Seal

SEAL = Seal(
    query="queries/users.sql",
    account="acme.zendesk.com",
    full=False,
    sql="1",
    attribute_tables={"zendesk_attributes": "2"},
    settings="3",
    rows="4",
    outgoing="5",
    counts={"read": 2, "created": 2},
    rejections={"name_missing": 1},
    planned_at="2026-11-22T12:00:00+00:00",
)


def test_a_file_is_read_as_it_was_written() -> None:
    assert Seal.from_text(SEAL.as_text()) == SEAL


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "something"}, "no sealed plan"),
        ({"format": 2}, "another version"),
        ({"more": 1}, "damaged"),
        ({"attribute_tables": None}, "damaged"),
        ({"rejections": None}, "damaged"),
        ({"full": "yes"}, "damaged"),
    ],
)
def test_anything_else_is_told(change: dict[str, object], words: str) -> None:
    text = json.dumps(json.loads(SEAL.as_text()) | change)
    with pytest.raises(ValueError, match=words):
        Seal.from_text(text)


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        ({"planned_at": "later"}, []),
        ({"sql": "x"}, ["the query's text"]),
        ({"attribute_tables": {}}, ["the attribute table zendesk_attributes"]),
        ({"attribute_tables": {"zendesk_attributes": "x"}}, ["the attribute table zendesk_attributes"]),
        ({"settings": "x"}, ["zdpipe.toml"]),
        ({"rows": "x", "outgoing": "x"}, ["the source"]),
        ({"rejections": {}}, ["the source"]),
        ({"rejections": {"staff_account": 1}, "rows": "x"}, ["the account's staff"]),
        ({"outgoing": "x"}, ["what is known of the account"]),
        ({"counts": {}}, ["what is known of the account"]),
        ({"sql": "x", "rows": "x"}, ["the query's text", "the source"]),
    ],
)
def test_what_changed_is_named(now: dict[str, object], changed: list[str]) -> None:
    other = replace(SEAL, **now)
    assert list(SEAL.what_changed(other)) == changed
    assert SEAL.is_like(other) == (changed == [])
