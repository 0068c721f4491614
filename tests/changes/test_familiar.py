from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from zdpipe.changes.familiar import (
    FEW_ROWS,
    KEPT,
    RESPELLED,
    WITH_EMAIL,
    Familiar,
    LookAtAll,
    MostlyStrangers,
)

# Of three rows the records come in the order third, first, second.
ROWS = pl.DataFrame(
    {
        "source": [10, 20, 30],
        "source_check": [1, 2, 3],
        "record": [100, 200, 300],
        "record_check": [6, 4, 5],
        "marks": [RESPELLED, WITH_EMAIL, RESPELLED | WITH_EMAIL],
        "remarked": [0, 5, 0],
        "place": [2, 0, 1],
    },
    schema=KEPT,
)


def familiar() -> Familiar:
    def columns(names: Sequence[str]) -> list[pl.Series]:
        return [ROWS[name] for name in names]

    return Familiar(columns)


def numbers(*values: int | None) -> pl.Series:
    return pl.Series(values, dtype=pl.UInt32)


def prints(*pairs: tuple[int, int]) -> tuple[pl.Series, pl.Series]:
    first, second = zip(*pairs, strict=True)
    return pl.Series(first, dtype=pl.UInt64), pl.Series(second, dtype=pl.UInt32)


def seen(*places: int | None) -> Familiar:
    rows = familiar()
    rows.see(numbers(*places))
    rows.end_of_source()
    return rows


def test_rows_are_found_by_both_halves_of_their_print() -> None:
    found = familiar().places_of_rows(prints((30, 3), (10, 1), (10, 2), (15, 1), (2**64 - 1, 3), (20, 2)))
    assert found.to_list() == [2, 0, None, None, None, 1]


def test_users_are_found_by_the_record_that_a_row_makes() -> None:
    found = seen(0).places_of_users(prints((100, 6), (300, 5), (200, 4), (200, 5)))
    assert found.to_list() == [2, 1, 0, None]


def test_what_there_is_to_remark_is_known_of_familiar_rows_alone() -> None:
    assert familiar().remarked(numbers(1, None, 0)).to_list() == [5, None, 0]


def test_rows_that_a_user_confirms_are_set_aside_and_the_others_wanted() -> None:
    rows = seen(2, None, 1)
    assert rows.confirm(numbers(2, None, 0)).to_list() == [True, False, False]
    rows.end_of_users()
    assert (rows.count, rows.wanted) == (1, 1)
    assert rows.is_wanted(numbers(0, 1, 2, None)).to_list() == [False, True, False, False]
    assert (rows.marked(RESPELLED), rows.marked(WITH_EMAIL)) == (1, 1)
    assert rows.aside.row(0, named=True) == {
        "source": 30,
        "source_check": 3,
        "record": 100,
        "record_check": 6,
        "marks": RESPELLED | WITH_EMAIL,
        "remarked": 0,
    }


def test_a_row_that_is_there_twice_is_looked_at_each_time() -> None:
    rows = seen(0, 0)
    assert rows.confirm(numbers(0)).to_list() == [False]
    rows.end_of_users()
    assert (rows.count, rows.wanted) == (0, 2)
    assert sorted(rows.rows(numbers(0, 0)).to_list()) == [1, 2]


def test_wanted_rows_keep_their_numbers_whatever_the_order() -> None:
    rows = seen(1, None, 0, 2)
    rows.confirm(numbers(0, 1, 2))
    rows.end_of_users()
    rows.want(numbers(0, 2))
    assert (rows.count, rows.wanted) == (1, 2)
    assert rows.rows(numbers(2, 0)).to_list() == [4, 3]
    rows.end_of_wanted(2)
    assert (rows.count, rows.wanted) == (1, 0)


def test_a_source_that_has_lost_a_row_is_unsteady() -> None:
    rows = seen(0, 1)
    rows.end_of_users()
    with pytest.raises(LookAtAll):
        rows.end_of_wanted(1)


def test_a_source_that_has_a_row_more_often_is_unsteady() -> None:
    rows = seen(0, 0)
    rows.end_of_users()
    with pytest.raises(LookAtAll):
        rows.rows(numbers(0, 0, 0))


@pytest.mark.parametrize("batches", [[numbers(0, 0)], [numbers(0), numbers(0)]])
def test_a_source_that_has_one_row_twice_in_place_of_another_is_unsteady(batches: list[pl.Series]) -> None:
    rows = seen(0, 1)
    rows.end_of_users()
    *first, last = batches
    for batch in first:
        rows.rows(batch)
    with pytest.raises(LookAtAll):
        rows.rows(last)


def test_a_source_without_a_familiar_row_wants_nothing() -> None:
    rows = seen(None)
    rows.end_of_users()
    assert (rows.count, rows.wanted) == (0, 0)


def test_more_strangers_than_half_of_what_is_familiar_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zdpipe.changes.familiar.FEW_ROWS", 0)
    rows = familiar()
    rows.see(numbers(0, None, 1))
    with pytest.raises(MostlyStrangers):
        rows.see(numbers(2, None))


def test_few_strangers_are_worth_it_whatever_their_share() -> None:
    rows = familiar()
    rows.see(pl.repeat(None, FEW_ROWS, dtype=pl.UInt32, eager=True))
    with pytest.raises(MostlyStrangers):
        rows.see(numbers(None))
