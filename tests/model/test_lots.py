"""Lots: who they fall on."""

from __future__ import annotations

from hashlib import md5

import duckdb
import pytest

from zdpipe.model.lots import drawn

PEOPLE = 3_000


@pytest.mark.parametrize("size", [0, 1, 2, 17, 1_500, PEOPLE - 1, PEOPLE, PEOPLE + 1])
def test_the_lot_falls_on_those_whose_digest_is_least(size: int) -> None:
    with duckdb.connect() as connection:
        people = f"SELECT 'c' || range AS key, range AS number FROM range({PEOPLE})"
        rows = connection.execute(drawn(people, "key", size)).fetchall()
    everybody = sorted(
        ((f"c{number}", number) for number in range(PEOPLE)), key=lambda row: md5(row[0].encode()).digest()
    )
    assert sorted(rows) == sorted(everybody[:size])


def test_several_with_the_same_beginning_of_a_digest_are_told_apart() -> None:
    numbers = range(1_000_000)
    beginnings: dict[str, list[str]] = {}
    for number in numbers:
        beginnings.setdefault(md5(str(number).encode()).hexdigest()[:4], []).append(str(number))
    alike = sorted(beginnings["0000"], key=lambda key: md5(key.encode()).digest())
    people = " UNION ALL ".join(f"SELECT '{key}' AS key" for key in alike)
    with duckdb.connect() as connection:
        rows = connection.execute(drawn(people, "key", len(alike) // 2)).fetchall()
    assert {key for (key,) in rows} == set(alike[: len(alike) // 2])


def test_of_nobody_nobody_is_drawn() -> None:
    with duckdb.connect() as connection:
        assert connection.execute(drawn("SELECT 'c' AS key WHERE false", "key", 3)).fetchall() == []
