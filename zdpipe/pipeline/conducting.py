"""The queries of one occasion of an orchestration, one after the other."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from zdpipe.errors import STOPPED, Interrupted, ZdpipeError
from zdpipe.model.orchestration import Ending, OnFailure, Order, Step
from zdpipe.model.run import Outcome, RunReport, Stop
from zdpipe.model.wish import Wish
from zdpipe.pipeline.drafts import refuse_scheduled_draft
from zdpipe.pipeline.history import show_run
from zdpipe.pipeline.orchestrations import query_paths
from zdpipe.pipeline.prepare import read_one_query
from zdpipe.pipeline.resume import resume_run
from zdpipe.pipeline.run import run_query
from zdpipe.pipeline.stopping import continue_orchestration
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.orchestration import Orchestration
from zdpipe.state.occasions import end_occasion, runs_of

_BUG = 3
# A schedule of every minute beside a run of days is told as so many.
_MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Errand:
    """One query of an occasion: the work that runs it, or goes on with the run `run_id`."""

    query: str
    work: Callable[[], RunReport]
    run_id: str | None = None

    def do(self) -> RunReport:
        """Do the work, and tell nobody."""
        return self.work()


# Does an errand, and tells whoever wants to hear of it how it ended.
Watch = Callable[[Errand], RunReport]


class Conductor:
    """Goes through the queries of one occasion."""

    def __init__(
        self,
        bench: Workbench,
        store: Store,
        orchestration: Orchestration,
        number: int,
        order: Order,
        watch: Watch,
    ) -> None:
        self._bench = bench
        self._store = store
        self._orchestration = orchestration
        self._number = number
        self._order = order
        self._watch = watch
        self._queries = query_paths(bench.project, orchestration)
        self._begun = bench.clock.now()
        self._errors: dict[str, Stop] = {}

    def conduct(self) -> None:
        """Run what is not through yet, and write down how the occasion ended."""
        ending = Ending.FAILED
        try:
            self._refuse_drafts()
            ending = self._run_all()
        except (KeyboardInterrupt, Interrupted):
            ending = Ending.INTERRUPTED
            self._errors[""] = self._stopped()
        except ZdpipeError as error:
            self._errors[""] = Stop.from_error(error)
            raise
        finally:
            self._end(ending)

    def _refuse_drafts(self) -> None:
        for path in self._queries:
            query = read_one_query(self._bench, self._bench.project.root / path)
            refuse_scheduled_draft(query, self._orchestration.name)

    def _run_all(self) -> Ending:
        endings = []
        for query in self._queries:
            self._bench.clock.sleep(0)  # a stop that came when the query before was already through
            step = self._step(query)
            endings.append(_ending_of(step))
            if endings[-1] is Ending.INTERRUPTED:
                break
            if endings[-1] is Ending.FAILED and self._orchestration.on_failure is OnFailure.STOP:
                break
        return max(endings, key=_GRAVITY.index)

    def _step(self, query: str) -> Step:
        before = _run_before(self._bench, self._store, self._number, query)
        if before is not None and Step(query, before).is_through:
            return Step(query, before)
        try:
            report = self._watch(self._errand(query, before))
        except ZdpipeError as error:
            if isinstance(error, Interrupted) or error.exit_code == _BUG:
                raise
            self._errors[query] = Stop.from_error(error)
            return Step(query, error=self._errors[query])
        return Step(query, report)

    def _errand(self, query: str, before: RunReport | None) -> Errand:
        bench, destination = self._bench, self._orchestration.destination
        if before is not None and before.finished_at is None:
            left = before.run_id
            return Errand(query, lambda: resume_run(bench, left), left)
        wish = Wish(allow=self._order.allow, canary=self._orchestration.canary, occasion=self._number)
        return Errand(query, lambda: run_query(bench, bench.project.root / query, wish, to=destination))

    def _stopped(self) -> Stop:
        command = shlex.join(continue_orchestration(self._orchestration.name))
        return Stop("interrupted", STOPPED, f"Continue with: {command}", Interrupted.exit_code)

    def _end(self, ending: Ending) -> None:
        now, times = self._bench.clock.now(), self._orchestration.times
        overlapped = sum(1 for _ in islice(times.between(self._begun, now), _MOST_COUNTED)) if times else 0
        end_occasion(
            self._store.connection, self._number, ending, now, overlapped=overlapped, errors=self._errors
        )


# From the best to the worst.
_GRAVITY = (Ending.SUCCEEDED, Ending.PARTIAL, Ending.FAILED, Ending.INTERRUPTED)


def _ending_of(step: Step) -> Ending:
    stop = step.stop
    if stop is not None:
        return Ending.INTERRUPTED if stop.exit_code == Interrupted.exit_code else Ending.FAILED
    is_partial = step.report is not None and step.report.outcome is Outcome.PARTIAL
    return Ending.PARTIAL if is_partial else Ending.SUCCEEDED


def _run_before(bench: Workbench, store: Store, number: int, query: str) -> RunReport | None:
    """Return the newest run of a query on an occasion."""
    run_id = runs_of(store.connection, number).get(query)
    return show_run(bench, run_id) if run_id is not None else None
