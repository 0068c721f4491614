"""The source's rows in batches that are worth normalizing, without those that are set aside."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from zdpipe.ahead import work_ahead
from zdpipe.changes.familiar import Familiar, LookAtAll
from zdpipe.engine.session import Frames
from zdpipe.frames import compact
from zdpipe.pipeline.recollecting import Recollection
from zdpipe.prints import Prints, prints_of
from zdpipe.records.normalize import row_numbers


@dataclass(frozen=True)
class Source:
    """How the rows of a query are read, and read once more, in frames of about `size` rows."""

    size: int
    first: Callable[[], Iterable[pl.DataFrame]]
    again: Callable[[], Frames]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to be looked at, their numbers, counted from 1, and their prints where rows are remembered.

    `is_new` tells that they are no familiar ones. Of rows that are set aside there may be something to
    remark: `remarked` has a bit for each such column.
    """

    frame: pl.DataFrame
    rows: pl.Series
    prints: Prints | None = None
    remarked: pl.Series | None = None
    is_new: bool = True

    def filter(self, chosen: pl.Series) -> Batch:
        """Return some of the rows."""
        return Batch(
            compact(self.frame.filter(chosen)),
            self.rows.filter(chosen),
            self.prints and (self.prints[0].filter(chosen), self.prints[1].filter(chosen)),
            None if self.remarked is None else self.remarked.filter(chosen),
            self.is_new,
        )


@dataclass(frozen=True, slots=True)
class _Sifted:
    """What of so many rows is to be looked at: strangers, or wanted ones, and rows with something to remark.

    `places` are where the rows are among the familiar ones, those chosen the second time.
    """

    height: int
    places: pl.Series
    chosen: Batch
    remarked: Batch | None = None


class Sieve:
    """Reads a source, of which it has read so many rows by now, and so many batches at a time."""

    def __init__(self, source: Source, recollection: Recollection | None, workers: int) -> None:
        self._source = source
        self._recollection = recollection
        self._workers = workers
        self.read = 0

    @property
    def familiar(self) -> Familiar | None:
        """What is remembered of the rows."""
        return self._recollection.familiar if self._recollection else None

    def batches(self) -> Iterator[Batch]:
        """Yield all rows but those that are familiar, and of these the ones with something to remark."""
        if self._recollection is None:
            yield from map(self._counted, _numbered(self._source.first()))
            return
        strangers, remarked = _Waiting(self._source.size), _Waiting(self._source.size)
        for sifted in self._sifted(self._source.first(), _strangers):
            self.read += sifted.height
            if self.familiar is None:
                yield sifted.chosen
                continue
            self.familiar.see(sifted.places)
            yield from strangers.join(sifted.chosen)
            yield from remarked.join(sifted.remarked)
        yield from strangers.rest()
        yield from remarked.rest()

    def wanted(self, familiar: Familiar) -> Iterator[Batch]:
        """Read the source once more and yield the familiar rows that are wanted; none is wanted then.

        Raises LookAtAll unless they are there, and as many rows in all as before.
        """
        waiting = _Waiting(self._source.size)
        read = found = 0
        with closing(self._source.again()) as frames, closing(self._sifted(frames, _wanted)) as batches:
            for sifted in batches:
                read += sifted.height
                found += sifted.chosen.frame.height
                yield from waiting.join(replace(sifted.chosen, rows=familiar.rows(sifted.places)))
        yield from waiting.rest()
        if read != self.read:
            raise LookAtAll
        familiar.end_of_wanted(found)

    def _counted(self, batch: Batch) -> Batch:
        self.read += batch.frame.height
        return batch

    def _sifted(
        self, frames: Iterable[pl.DataFrame], sift: Callable[[Recollection, Batch], _Sifted]
    ) -> Generator[_Sifted, None, None]:
        assert self._recollection is not None  # noqa: S101  # without one there is nothing to sift
        work = partial(sift, self._recollection)
        with closing(work_ahead(_numbered(frames), work, self._workers)) as batches:
            yield from batches


class _Waiting:
    """Joins batches until they have `size` rows: normalizing few takes nearly as long as normalizing many."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._batches: list[Batch] = []

    def join(self, batch: Batch | None) -> Iterator[Batch]:
        """Take a batch; yield all that wait, as one, where they are enough."""
        if batch is not None and batch.frame.height:
            self._batches.append(batch)
        if sum(waiting.frame.height for waiting in self._batches) >= self._size:
            yield from self.rest()

    def rest(self) -> Iterator[Batch]:
        """Yield all that wait as one batch, if any do."""
        if self._batches:
            yield _one_of(self._batches)
            self._batches = []


def _numbered(frames: Iterable[pl.DataFrame]) -> Iterator[Batch]:
    first = 1
    for frame in frames:
        yield Batch(frame, row_numbers(first, frame.height).alias("row"))
        first += frame.height


def _printed(batch: Batch, recollection: Recollection) -> Batch:
    return replace(batch, prints=prints_of(batch.frame.select(recollection.columns)))


def _strangers(recollection: Recollection, batch: Batch) -> _Sifted:
    batch = _printed(batch, recollection)
    familiar = recollection.familiar
    if familiar is None or batch.prints is None:
        return _Sifted(batch.frame.height, batch.rows.clear(), batch)
    places = familiar.places_of_rows(batch.prints)
    columns = familiar.remarked(places)
    remarked = replace(batch, remarked=columns).filter(columns > 0)
    return _Sifted(batch.frame.height, places, batch.filter(places.is_null()), remarked)


def _wanted(recollection: Recollection, batch: Batch) -> _Sifted:
    batch = _printed(batch, recollection)
    familiar = recollection.familiar
    assert familiar is not None  # noqa: S101  # else nothing is wanted
    assert batch.prints is not None  # noqa: S101  # they were made just now
    places = familiar.places_of_rows(batch.prints)
    is_wanted = familiar.is_wanted(places)
    wanted = replace(batch, is_new=False).filter(is_wanted)
    return _Sifted(batch.frame.height, places.filter(is_wanted), wanted)


def _one_of(batches: Sequence[Batch]) -> Batch:
    return Batch(
        pl.concat(batch.frame for batch in batches),
        pl.concat(batch.rows for batch in batches),
        _joined([batch.prints for batch in batches if batch.prints is not None]),
        pl.concat([batch.remarked for batch in batches if batch.remarked is not None])
        if batches[0].remarked is not None
        else None,
        batches[0].is_new,
    )


def _joined(prints: Sequence[Prints]) -> Prints:
    first, second = zip(*prints, strict=True)
    return pl.concat(first), pl.concat(second)
