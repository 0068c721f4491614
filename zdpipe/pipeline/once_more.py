"""A run's errand once more: with the query's file, the data and the settings of now."""

from __future__ import annotations

from collections.abc import Collection

from zdpipe.errors import UsageProblem
from zdpipe.model.guard import Guard
from zdpipe.model.run import RunReport
from zdpipe.model.seal import Seal
from zdpipe.model.wish import Wish
from zdpipe.pipeline.prepare import read_one_query
from zdpipe.pipeline.run import carry_out
from zdpipe.pipeline.store import open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.runs import RunRow


def destination_once_more(bench: Workbench, run_id: str) -> Destination:
    """Return where a run was to send to, whatever that destination is called now."""
    with open_store(bench) as store:
        return bench.destination_of(store.run(run_id))


def run_once_more(bench: Workbench, run_id: str, allow: Collection[Guard] = ()) -> RunReport:
    """Begin a new run that is to do what a run of a whole query was to do, and let guards pass.

    A sealed plan is the one that the run was given. It replaces an unfinished run of the query, as any run.
    """
    with open_store(bench) as store:
        run = store.run(run_id)
        query = read_one_query(bench, bench.project.root / run.query)
        return carry_out(bench, store, query, bench.destination_of(run), _wish(run, allow))


def _wish(run: RunRow, allow: Collection[Guard]) -> Wish:
    return Wish(
        full=run.full,
        allow=frozenset(allow),
        seal=_seal(run.seal) if run.seal is not None else None,
        sample=run.sample,
        canary=run.canary.asked if run.canary is not None else None,
        remembers=run.remembers,
    )


def _seal(text: str) -> Seal:
    try:
        return Seal.from_text(text)
    except ValueError as error:
        raise UsageProblem(
            f"The sealed plan of the run cannot be read: {error}.",
            "Seal a new one with: zdpipe plan QUERY --seal FILE",
            code="seal_unreadable",
        ) from error
