"""People known by an address alone who get an external_id."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from tests.changes.rows import Row, resolve
from tests.state.test_known_users import CLOCK, WHEN, content, merge_into
from zdpipe.model.batch import Batch, ItemResult, ItemStatus
from zdpipe.state.known_users import lookup
from zdpipe.state.settled import SettledBatch

VALUES = {"name": "Ann", "user_fields.City": "Ulm"}
KNOWN = "known/acme.duckdb"


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A folder whose known users have two people by their addresses alone, with the ids 1 and 2."""
    rows = [Row(None, f"{letter}@x.org", VALUES) for letter in "ab"]
    outcome = resolve(tmp_path, rows, fields=tuple(VALUES))
    merge_into(tmp_path, settled(outcome.batches, [1, 2]))
    return tmp_path


def settled(batches: Iterable[Batch], ids: list[int]) -> list[SettledBatch]:
    numbers = iter(ids)
    return [
        SettledBatch(
            batch.number,
            WHEN,
            [ItemResult(at, ItemStatus.UPDATED, next(numbers)) for at in range(batch.users)],
        )
        for batch in batches
    ]


def send(folder: Path, *rows: Row, ids: list[int]) -> None:
    outcome = resolve(folder, list(rows), fields=("name",), known=folder / KNOWN, size=1)
    merge_into(folder, settled(outcome.batches, ids), run_id="run-2", query="other")


def test_the_record_of_the_address_becomes_that_of_the_id(alone: Path) -> None:
    send(alone, Row("K1", "a@x.org", {"name": "Anna"}), ids=[1])
    assert lookup(alone / KNOWN, "a@x.org", CLOCK) is None
    user = lookup(alone / KNOWN, "k1", CLOCK)
    assert user is not None
    assert (user.external_id, user.zendesk_id, user.primary_email) == ("K1", 1, "a@x.org")
    assert (user.emails, user.queries) == (("a@x.org",), ("other", "q"))
    # What the other query sent is still ours, and still known.
    assert {name: value.value for name, value in user.values.items()} == {
        "name": '"Anna"',
        "user_fields.City": '"Ulm"',
    }


def test_another_user_than_expected_inherits_nothing(alone: Path) -> None:
    send(alone, Row("K1", "a@x.org", {"name": "Anna"}), ids=[7])
    assert lookup(alone / KNOWN, "a@x.org", CLOCK) is not None


def test_two_records_of_one_user_become_one(alone: Path) -> None:
    with duckdb.connect(alone / KNOWN) as connection:
        connection.execute("UPDATE users SET zendesk_id = 1")
        connection.execute("INSERT INTO emails VALUES ('c@x.org', 'a@x.org', 1), ('c@x.org', 'b@x.org', 1)")
    send(alone, Row("K1", "a@x.org", {"name": "Ann"}), Row("K1", "b@x.org", {"name": "Ann"}), ids=[1, 1])
    there = content(alone / KNOWN)
    assert [row[0] for row in there["users"]] == ["k1"]
    assert [row[:2] for row in there["emails"]] == [(f"{letter}@x.org", "k1") for letter in "abc"]
    assert there["queries"] == [("other", "k1"), ("q", "k1")]


def test_what_was_known_twice_before_becomes_one(alone: Path) -> None:
    with duckdb.connect(alone / KNOWN) as connection:
        connection.execute("INSERT INTO users (key, external_id, zendesk_id) VALUES ('k1', 'K1', 1)")
    send(alone, Row("K1", "a@x.org", {"name": "Anna"}), ids=[1])
    there = content(alone / KNOWN)
    assert sorted(str(row[0]) for row in there["users"]) == ["b@x.org", "k1"]
