"""The user objects that failed in a run, with everything that is known of each."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import polars as pl

from zdpipe.model.errand import ErrandItem
from zdpipe.model.request_id import REQUEST_ID
from zdpipe.model.run import FailureExample
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.errand_file import read_errand
from zdpipe.state.failed import failed_objects, failed_people, first_failures
from zdpipe.state.runs import RunRow


@dataclass(frozen=True)
class Failures:
    """Who failed in a run.

    `rows`: row, key, sending, reason, details (Zendesk's own words), job_id, request_id, batch, position,
    payload; one for each user object, maybe of the first people only. `people` and `objects` count them all.
    Those of whom a deed failed because they are gone, or back, come last: they have no row, and `sending` is
    the deed.
    """

    run_id: str
    rows: pl.DataFrame
    people: int
    objects: int


def failures(bench: Workbench, run_id: str, *, people: int | None = None) -> Failures:
    """Return the failed objects of a run, or those of its first so many people.

    Raises StateError where somebody failed and the run's files are gone.
    """
    with open_store(bench) as store:
        run = store.run(run_id)
        outbox = store.folder.outbox(run_id)
        rows = failed_objects(store.connection, run_id, outbox, people=people)
        everybody = len(chosen_people(store, run))
        errands = _failed_errands(store, run, rows)
    shown = pl.concat([rows, errands if people is None else errands.head(max(0, people - len(rows)))])
    return Failures(
        run_id, _with_request_id(shown), everybody + len(errands), run.counts.failed + len(errands)
    )


def chosen_people(store: Store, run: RunRow) -> pl.DataFrame:
    """Return who failed in a run: key, and by_address, whether an address was all their identity."""
    return failed_people(store.connection, run.run_id, store.folder.outbox(run.run_id))


def failure_examples(store: Store, run: RunRow) -> dict[str, FailureExample]:
    """Return what Zendesk said of the first failed object, by reason; payloads only while there are files."""
    rows = first_failures(store.connection, run.run_id, store.folder.outbox(run.run_id))
    return {
        row["reason"]: FailureExample(row["details"] or "", row["payload"])
        for row in _with_request_id(rows).iter_rows(named=True)
    }


def parted_words(details: str | None) -> tuple[str | None, str | None]:
    """Return Zendesk's words for one object, and the id of the request where it named one."""
    found = re.search(REQUEST_ID, details) if details else None
    return (details[: found.start()], found[1]) if details and found else (details, None)


def _failed_errands(store: Store, run: RunRow, like: pl.DataFrame) -> pl.DataFrame:
    """Return what could not be done to people who are gone or back, with the columns of failed objects."""
    items: dict[tuple[int, int], ErrandItem] = {}
    found = []
    for errand, fate in store.errands(run).failures():
        if (errand.number, 0) not in items:
            people = read_errand(store.folder.errands(run.run_id), errand.number)
            items |= {(item.number, item.position): item for item in people}
        item = items[errand.number, fate.position]
        payload = json.dumps({"id": item.zendesk_id})
        about = (None, item.key, errand.deed, fate.fate, fate.details, errand.job_id)
        found.append((*about, errand.number, item.position, payload))
    return pl.DataFrame(found, schema=like.schema, orient="row")


def _with_request_id(rows: pl.DataFrame) -> pl.DataFrame:
    words = pl.col("details")
    request_id = words.str.extract(REQUEST_ID).alias("request_id")
    found = rows.with_columns(request_id, words.str.replace(REQUEST_ID, ""))
    names = rows.columns
    place = names.index("job_id") + 1
    return found.select(*names[:place], "request_id", *names[place:])
