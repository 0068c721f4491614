"""A customer's rows as the source has them now, for runs that kept none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain

import polars as pl

from zdpipe.model.forgotten import Person
from zdpipe.model.sources import SOURCE_PREFIX
from zdpipe.pipeline.planning import query_rules, rows_per_batch
from zdpipe.pipeline.prepare import Prepared, prepared, read_one_query
from zdpipe.pipeline.staff import staff_of_account
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.terms import Terms
from zdpipe.pipeline.workbench import Workbench
from zdpipe.records.normalize import Normalized, identity_keys, normalize
from zdpipe.records.rules import Rules
from zdpipe.records.text import BLANKS, text_of
from zdpipe.state.runs import RunRow

_IDENTITY = ("external_id", "email")


@dataclass(frozen=True)
class Found:
    """Rows of a customer as they are now: their `source` (row, `source.<column>` as text) and what becomes
    of them; rows are numbered by their place in the result where that is known.
    """

    source: pl.DataFrame
    normalized: Normalized
    kinds: dict[str, str]
    has_places: bool


def read_again(bench: Workbench, store: Store, run: RunRow, person: Person) -> Found:
    """Run a run's query for one customer, read-only; raises ZdpipeError where it cannot be run now.

    The engine looks for the customer's keys as they are written mostly. Where it finds none, everything is
    read: only what is normalized as in a run tells for sure that nobody is there.
    """
    query = read_one_query(bench, bench.project.root / run.query, run.sql)
    with prepared(bench, query, keep_schema=False) as ready:
        columns = [name for name, _ in ready.session.describe(ready.sql)]
        names = [name for name in columns if name in _IDENTITY]
        terms = Terms(staff=staff_of_account(bench, store, run.account), account=run.account)
        if names:
            keys = sorted(person.identities | person.ids)
            asked = ready.session.narrowed(ready.sql, names, keys, BLANKS)
            found = _look(bench, ready, asked, person, terms, has_places=False)
            if found.source.height:
                return found
        return _look(bench, ready, ready.sql, person, terms, has_places=True)


def _look(
    bench: Workbench, ready: Prepared, sql: str, person: Person, terms: Terms, *, has_places: bool
) -> Found:
    with closing(ready.session.batches(sql, rows_per_batch(ready))) as frames:
        first = next(frames)
        rules = query_rules(bench, first.schema, terms)
        parts = list(_theirs(first, frames, rules, person))
    places = pl.concat([pl.Series("row", [], pl.Int64), *(places for places, _ in parts)])
    rows = pl.concat([first.clear(), *(rows for _, rows in parts)])
    normalized = normalize(rows, 1, rules)
    texts = [text_of(column).alias(SOURCE_PREFIX + column.name) for column in rows]
    return Found(
        pl.DataFrame([places, *texts]),
        normalized,
        {rule.column: rule.kind.value for rule in rules.columns},
        has_places,
    )


def _theirs(
    first: pl.DataFrame, rest: Iterable[pl.DataFrame], rules: Rules, person: Person
) -> Iterator[tuple[pl.Series, pl.DataFrame]]:
    """Yield positions in the result, and rows, of those whose identity is one of the person's."""
    read = 0
    for frame in chain((first,), rest):
        theirs = identity_keys(frame, rules).is_in(list(person.identities)).fill_null(value=False)
        places = pl.int_range(read + 1, read + 1 + frame.height, dtype=pl.Int64, eager=True).alias("row")
        read += frame.height
        yield places.filter(theirs), frame.filter(theirs)
