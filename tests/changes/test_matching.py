"""People and users brought together, whatever the order in which users come."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from zdpipe.changes.matching import USER_COLUMNS, Matching
from zdpipe.model.match import Found, Unclear
from zdpipe.model.resources import Resources

PEOPLE_COLUMNS: dict[str, Any] = {
    "key": pl.String,
    "external_id": pl.String,
    "zendesk_id": pl.Int64,
    "emails": pl.List(pl.String),
}


def person(key: str, *emails: str, named: bool = True, zendesk_id: int | None = None) -> dict[str, Any]:
    external_id = key.upper() if named else None
    return {"key": key, "external_id": external_id, "zendesk_id": zendesk_id, "emails": list(emails)}


def user(user_id: int, external_key: str | None, *emails: str, role: str = "end-user") -> tuple[Any, ...]:
    return user_id, external_key, emails[0] if emails else None, role, list(emails), [], "{}"


def matched(folder: Path, people: list[dict[str, Any]], *users: tuple[Any, ...]) -> dict[str, int]:
    path = folder / "people.parquet"
    schema = {
        "key": pl.String,
        "external_id": pl.String,
        "zendesk_id": pl.Int64,
        "emails": pl.List(pl.String),
    }
    pl.DataFrame(people, schema=schema).write_parquet(path)
    with Matching(folder / "work.duckdb", path, Resources("200MB", folder)) as matching:
        for one in users:
            matching.take(pl.DataFrame([one], schema=USER_COLUMNS, orient="row"))
        matching.decide()
        found = {
            row["key"]: row["user_id"] for part in matching.matches(10) for row in part.iter_rows(named=True)
        }
        assert sum(matching.found().values()) == len(found)
        assert matching.people() == len(people)
        strangers = [key for keys in matching.strangers(1) for key in keys]
        unclear = [key for keys in matching.undecided(1) for key in keys]
        assert sorted([*found, *strangers, *unclear]) == sorted(entry["key"] for entry in people)
        return found | {reason.value: count for reason, count in matching.unclear().items()}


def test_an_id_counts_before_an_external_id_and_that_before_an_address(tmp_path: Path) -> None:
    users = (user(1, "k1", "a@x.org"), user(2, "k2", "b@x.org"), user(3, None, "c@x.org"))
    people = [
        person("k1", "c@x.org"),
        person("b@x.org", "b@x.org", named=False, zendesk_id=2),
        person("k3", "c@x.org"),
    ]
    for order in permutations(users):
        assert matched(tmp_path, people, *order) == {"k1": 1, "b@x.org": 2, "k3": 3}


def test_an_id_of_somebody_else_leads_nowhere(tmp_path: Path) -> None:
    assert matched(tmp_path, [person("k1", zendesk_id=2)], user(2, "k2", "b@x.org")) == {}


@pytest.mark.parametrize(
    ("people", "users", "reason"),
    [
        (
            [person("k1", "a@x.org", "b@x.org")],
            [user(1, None, "a@x.org"), user(2, None, "b@x.org")],
            "several_users",
        ),
        ([person("k1", "a@x.org")], [user(1, "other", "a@x.org")], "other_external_id"),
        ([person("k1", "a@x.org")], [user(1, "k1", "a@x.org", role="agent")], "staff"),
    ],
)
def test_what_is_unclear_is_told(
    tmp_path: Path, people: list[dict[str, Any]], users: list[tuple[Any, ...]], reason: str
) -> None:
    assert matched(tmp_path, people, *users) == {reason: 1}
    assert reason in set(Unclear)


def test_two_people_of_one_user_are_both_unclear(tmp_path: Path) -> None:
    people = [person("k1", "a@x.org"), person("k2", "b@x.org")]
    assert matched(tmp_path, people, user(1, None, "a@x.org", "b@x.org")) == {"several_customers": 2}


def test_a_user_taken_twice_counts_once(tmp_path: Path) -> None:
    one = user(1, None, "a@x.org", "b@x.org")
    assert matched(tmp_path, [person("k1", "a@x.org", "b@x.org")], one, one) == {"k1": 1}


def test_what_is_left_to_look_for(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    people = [person("k1", "a@x.org"), person("k2", "b@x.org"), person("c@x.org", "c@x.org", named=False)]
    pl.DataFrame(people, schema=PEOPLE_COLUMNS).write_parquet(path)
    with Matching(tmp_path / "work.duckdb", path, Resources("200MB", tmp_path)) as matching:
        assert matching.left() == (2, 1)
        assert [ids for portion in matching.external_ids(1) for ids in portion] == ["K1", "K2"]
        matching.take(pl.DataFrame([user(1, "k1", "a@x.org")], schema=USER_COLUMNS, orient="row"))
        assert matching.left() == (1, 1)
        assert matching.addresses_left() == 2
        assert sorted(email for some in matching.addresses(1) for email in some) == ["b@x.org", "c@x.org"]
        matching.decide()
        assert matching.found() == {Found.ZENDESK_ID: 0, Found.EXTERNAL_ID: 1, Found.EMAIL: 0}
