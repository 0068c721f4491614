"""People and users brought together, whatever the order in which users come."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from zdpipe.changes.matching import USER_COLUMNS, Matching
from zdpipe.model.match import Found, PeopleFiles, Unclear
from zdpipe.model.resources import Resources
from zdpipe.parted import Parted

PEOPLE_COLUMNS: dict[str, Any] = {
    "key": pl.String,
    "external_id": pl.String,
    "zendesk_id": pl.Int64,
}

PARTS = 2


def person(key: str, *emails: str, named: bool = True, zendesk_id: int | None = None) -> dict[str, Any]:
    external_id = key.upper() if named else None
    return {"key": key, "external_id": external_id, "zendesk_id": zendesk_id, "emails": list(emails)}


def user(user_id: int, external_key: str | None, *emails: str, role: str = "end-user") -> tuple[Any, ...]:
    return user_id, external_key, emails[0] if emails else None, role, list(emails), [], "{}"


@contextmanager
def matching_of(place: Path, people: list[dict[str, Any]]) -> Iterator[Matching]:
    folder = Path(tempfile.mkdtemp(dir=place))
    files = PeopleFiles.in_folder(folder)
    addresses = [(entry["key"], email) for entry in people for email in entry["emails"]]
    rows = [[entry[name] for name in PEOPLE_COLUMNS] for entry in people]
    frame = pl.DataFrame(rows, PEOPLE_COLUMNS, orient="row").to_arrow()
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        Parted(files.people, PARTS).write_each(
            connection, lambda part: f"FROM frame WHERE hash(key) % {PARTS} = {part}"
        )
    pl.DataFrame(addresses, schema={"key": pl.String, "email": pl.String}, orient="row").write_parquet(
        files.addresses
    )
    with Matching(folder / "work.duckdb", files, Resources("200MB", folder)) as matching:
        yield matching


def frame(*users: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame(users, schema=USER_COLUMNS, orient="row")


def matched(folder: Path, people: list[dict[str, Any]], *users: tuple[Any, ...]) -> dict[str, int]:
    told = [_matched(folder, people, users, take) for take in (Matching.take, Matching.take_listed)]
    assert told[0] == told[1]
    return told[0]


def _matched(
    folder: Path,
    people: list[dict[str, Any]],
    users: Sequence[tuple[Any, ...]],
    take: Callable[[Matching, pl.DataFrame], None],
) -> dict[str, int]:
    with matching_of(folder, people) as matching:
        for one in users:
            take(matching, frame(one))
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


def test_a_user_listed_twice_and_found_as_well_counts_once(tmp_path: Path) -> None:
    one = user(1, None, "a@x.org")
    with matching_of(tmp_path, [person("k1", "a@x.org")]) as matching:
        matching.take(frame(one, one))
        matching.take_listed(frame(one, one))
        matching.take_listed(frame(one))
        matching.decide()
        assert matching.found() == {Found.ZENDESK_ID: 0, Found.EXTERNAL_ID: 0, Found.EMAIL: 1}
        assert matching.unclear() == {}


def test_of_a_listed_account_those_are_kept_who_may_be_somebodys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zdpipe.changes.matching._LISTED_AT_ONCE", 3)
    people = [person("k1"), person("k2", zendesk_id=7), person("c@x.org", "c@x.org", named=False)]
    strangers = [user(number, f"else{number}", f"{number}@x.org") for number in range(100, 120)]
    ours = [user(1, "k1"), user(7, "k2"), user(3, None, "z@x.org", "c@x.org")]
    with matching_of(tmp_path, people) as matching:
        for one in (*strangers[:5], ours[0], *strangers[5:10], *ours[1:], *strangers[10:]):
            matching.take_listed(frame(one))
        matching.decide()
        assert matching.found() == {Found.ZENDESK_ID: 1, Found.EXTERNAL_ID: 1, Found.EMAIL: 1}
        assert matching.users() == len(ours)


def test_what_is_left_to_look_for(tmp_path: Path) -> None:
    people = [person("k1", "a@x.org"), person("k2", "b@x.org"), person("c@x.org", "c@x.org", named=False)]
    with matching_of(tmp_path, people) as matching:
        assert matching.left() == (2, 1)
        assert sorted(ids for portion in matching.external_ids(1) for ids in portion) == ["K1", "K2"]
        matching.take(frame(user(1, "k1", "a@x.org")))
        assert matching.left() == (1, 1)
        assert matching.addresses_left() == 2
        assert sorted(email for some in matching.addresses(1) for email in some) == ["b@x.org", "c@x.org"]
        matching.decide()
        assert matching.found() == {Found.ZENDESK_ID: 0, Found.EXTERNAL_ID: 1, Found.EMAIL: 0}
