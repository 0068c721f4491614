"""Source rows that were valid, and had nothing to do with any other row, when they were last looked at.

What a row becomes depends on nothing but its values and the rules. So a familiar row, told by its print,
makes the record whose print was kept with it, and need not be normalized again. And nothing of it would be
sent while its person is known by just that record, and no row that is looked at has to do with that person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from zdpipe.prints import Prints

RESPELLED, WITH_EXTERNAL_ID, WITH_EMAIL = 1, 2, 4
FAMILIAR = pl.Schema(
    {
        "source": pl.UInt64,
        "source_check": pl.UInt32,
        "record": pl.UInt64,
        "record_check": pl.UInt32,
        "marks": pl.UInt8,
        "remarked": pl.UInt32,
    }
)
MOST_REMARKED = 32
# So many rows are looked at in a moment, whatever their share.
FEW_ROWS = 100_000
# Finding out who has to do with one new row takes as long as looking at two familiar ones.
_FAMILIAR_FOR_A_STRANGER = 2
# The same rows as they are kept: what is told of sources in their order, records in an order of their own,
# and with the latter the places of their sources.
KEPT = pl.Schema([*FAMILIAR.items(), ("place", pl.UInt32())])


class LookAtAll(Exception):
    """Raised where no row can be set aside after all, such as of a source that gives other rows each time."""


class MostlyStrangers(LookAtAll):
    """Raised where so many rows are not remembered that looking at all, and remembering anew, is faster."""


class Familiar:
    """Which of the familiar rows the source has now, and which of these are to be looked at all the same.

    `columns` gives columns of a table of `KEPT`, in which no two rows are of one person or have one address.
    `remarked` has a bit for each of the source's printed columns of which there was something to remark. A
    place is the number of a row, null where a row of the source is not familiar. Rows that are there once,
    and are just as known, are set aside.
    """

    def __init__(self, columns: Callable[[Sequence[str]], list[pl.Series]]) -> None:
        self._columns = columns
        *source, self._marks, self._remarked = columns(["source", "source_check", "marks", "remarked"])
        self._by_source = _Index(*source)
        self._by_record: _Index | None = None
        self._batches: list[pl.Series] = []
        self._strangers = 0
        self._places = self._rows = _numbers()
        self._repeated: dict[int, list[int]] = {}
        # Each is a series of its own: scatter changes it in place.
        self._once, self._aside, self._wanted, self._again = (_flags(len(self._marks)) for _ in range(4))

    def places_of_rows(self, prints: Prints) -> pl.Series:
        """Return the places of source rows; several threads may ask at once."""
        return self._by_source.places(prints)

    def places_of_users(self, prints: Prints) -> pl.Series:
        """Return the places of the rows that make the records of known users; several threads may ask.

        They may once `end_of_source` was told.
        """
        assert self._by_record is not None  # noqa: S101  # the source was read
        return self._by_record.places(prints)

    def remarked(self, places: pl.Series) -> pl.Series:
        """Return a bit for each column of which there is something to remark; null where there is no row."""
        return self._remarked.gather(places)

    def see(self, places: pl.Series) -> None:
        """Note the places of the source's next rows, when it is read for the first time.

        Raises MostlyStrangers once more rows have none than are worth it.
        """
        self._strangers += places.null_count()
        if not is_worth_it(len(self._marks), self._strangers):
            raise MostlyStrangers
        self._batches.append(places)

    def end_of_source(self) -> None:
        """Find out which rows are there once: of several like ones each is looked at."""
        places = pl.concat([_numbers(), *self._batches])
        self._batches.clear()
        rows = pl.int_range(1, len(places) + 1, dtype=pl.UInt32, eager=True).filter(places.is_not_null())
        self._places = places = places.drop_nulls()
        self._rows = pl.zeros(len(self._marks), dtype=pl.UInt32, eager=True).scatter(places, rows)
        # Of rows at one place the number of one is there.
        again = places.filter(self._rows.gather(places) != rows).unique()
        self._once = _flags(len(self._marks), places).scatter(again, values=False)
        several = places.is_in(again.implode())
        for place, row in zip(places.filter(several), rows.filter(several), strict=True):
            self._repeated.setdefault(place, []).append(row)
        # Only now is there memory for this.
        self._by_record = _Index(*self._columns(["record", "record_check", "place"]))

    def confirm(self, places: pl.Series) -> pl.Series:
        """Set the rows of known users aside; return which users have one."""
        confirmed = self._once.gather(places).fill_null(value=False)
        self._aside = self._aside.scatter(places.filter(confirmed), values=True)
        return confirmed

    def end_of_users(self) -> None:
        """Want all rows that no known user confirmed."""
        self._wanted = _flags(len(self._marks), self._places) & ~self._aside

    def want(self, places: pl.Series) -> None:
        """Want rows that are set aside."""
        self._wanted = self._wanted.scatter(places, values=True)
        self._aside = self._aside.scatter(places, values=False)

    def is_wanted(self, places: pl.Series) -> pl.Series:
        """Return which rows of a batch are to be looked at when the source is read once more."""
        return self._wanted.gather(places).fill_null(value=False)

    def rows(self, places: pl.Series) -> pl.Series:
        """Return the numbers that wanted rows had the first time: a source may give its rows in any order.

        Raises LookAtAll where one is there more often than the first time.
        """
        rows = self._rows.gather(places).cast(pl.Int64).alias("row")
        is_alone = self._once.gather(places)
        alone = places.filter(is_alone)
        if alone.is_duplicated().any() or self._again.gather(alone).any():
            raise LookAtAll
        self._again = self._again.scatter(alone, values=True)
        several = (~is_alone).arg_true()
        return rows.scatter(several, [self._another_row(place) for place in places.gather(several)])

    def _another_row(self, place: int) -> int:
        if not self._repeated[place]:
            raise LookAtAll
        return self._repeated[place].pop()

    @property
    def wanted(self) -> int:
        """How many rows of the source are to be read once more."""
        return int(self._wanted.gather(self._places).sum())

    def end_of_wanted(self, found: int) -> None:
        """Want nothing more; raises LookAtAll unless so many rows as were wanted have been found."""
        if found != self.wanted:
            raise LookAtAll
        self._wanted = _flags(len(self._marks))

    @property
    def aside(self) -> pl.DataFrame:
        """The rows that are set aside."""
        assert self._by_record is not None  # noqa: S101  # the source was read
        columns = (*self._by_source.prints(), *self._by_record.prints(), self._marks, self._remarked)
        named = zip(FAMILIAR, columns, strict=True)
        return pl.DataFrame([column.filter(self._aside).alias(name) for name, column in named])

    @property
    def count(self) -> int:
        """How many rows are set aside."""
        return int(self._aside.sum())

    def marked(self, mark: int) -> int:
        """Return how many rows that are set aside have a mark."""
        return int((self._marks.filter(self._aside) & mark > 0).sum())


def is_worth_it(familiar: int, strangers: int) -> bool:
    """Tell whether to set so many familiar rows aside, where so many others are not remembered."""
    return strangers <= max(FEW_ROWS, familiar // _FAMILIAR_FOR_A_STRANGER)


class _Index:
    """Where prints lie in an ordered column of them, which has `places` of its own or none."""

    def __init__(self, prints: pl.Series, checks: pl.Series, places: pl.Series | None = None) -> None:
        self._prints = prints
        self._checks = checks
        self._places = places

    def places(self, prints: Prints) -> pl.Series:
        """Return the place of each print, null where it is not there."""
        # Looked up in their order they are found in a third of the time.
        order = prints[0].arg_sort()
        first, second = (series.gather(order) for series in prints)
        # Behind the last one there is none.
        there = self._prints.search_sorted(first).clip(upper_bound=len(self._prints) - 1).cast(pl.UInt32)
        found = (self._prints.gather(there) == first) & (self._checks.gather(there) == second)
        places = there if self._places is None else self._places.gather(there)
        nowhere = pl.repeat(None, len(places), dtype=pl.UInt32, eager=True)
        return nowhere.scatter(order, places.zip_with(found, nowhere))

    def prints(self) -> Prints:
        """Return both columns in the order of places."""
        if self._places is None:
            return self._prints, self._checks
        back = self._places.arg_sort()
        return self._prints.gather(back), self._checks.gather(back)


def _numbers() -> pl.Series:
    return pl.Series(dtype=pl.UInt32)


def _flags(height: int, raised: pl.Series | None = None) -> pl.Series:
    flags = pl.repeat(value=False, n=height, dtype=pl.Boolean, eager=True)
    return flags if raised is None else flags.scatter(raised, values=True)
