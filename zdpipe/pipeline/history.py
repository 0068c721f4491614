"""What runs did: reports from the state, readable from a second terminal while a run is going."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from zdpipe.errors import UsageProblem
from zdpipe.model.run import Outcome, RunReport, Stop
from zdpipe.pipeline.again import is_on_program, run_again
from zdpipe.pipeline.failed import Failures, failure_examples
from zdpipe.pipeline.failed import failures as failures_of
from zdpipe.pipeline.freeing import held_by
from zdpipe.pipeline.staging import REJECTS
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.pipeline.writer import is_going, killed
from zdpipe.state.runs import RunRow, load_runs


@dataclass(frozen=True)
class Rejects:
    """The rejected rows of a run; no files where nothing was rejected."""

    run_id: str
    rows: pl.DataFrame
    parquet: Path | None
    csv: Path | None


def list_runs(bench: Workbench, limit: int = 20) -> list[RunReport]:
    """Return reports of the newest runs first."""
    with open_store(bench) as store:
        return [_report(bench, store, run) for run in load_runs(store.connection, limit)]


def show_run(bench: Workbench, run_id: str | None = None) -> RunReport:
    """Return the report of a run, by default the newest."""
    with open_store(bench) as store:
        run = store.run(newest_run(store, run_id))
        shown = report(bench, store, run.run_id)
        is_waiting = shown.outcome is not Outcome.RUNNING and run.finished_at is None
        return replace(shown, held_by=held_by(bench, run.account)) if is_waiting else shown


def rejects(bench: Workbench, run_id: str | None = None) -> Rejects:
    """Return the rejected rows of a run, by default the newest."""
    with open_store(bench) as store:
        chosen = store.run(newest_run(store, run_id)).run_id
        folder = store.folder.run(chosen)
    parquet, csv = folder / f"{REJECTS}.parquet", folder / f"{REJECTS}.csv"
    if not parquet.exists():
        return Rejects(chosen, pl.DataFrame(), None, None)
    return Rejects(chosen, pl.read_parquet(parquet, glob=False), parquet, csv)


def failures(bench: Workbench, run_id: str | None = None, *, people: int | None = None) -> Failures:
    """Return the failed user objects of a run, by default the newest, or of its first so many people."""
    with open_store(bench) as store:
        chosen = newest_run(store, run_id)
    return failures_of(bench, chosen, people=people)


def report(bench: Workbench, store: Store, run_id: str) -> RunReport:
    """Return what can be said of a run now; a finished one must account for every row."""
    run = store.run(run_id)
    made = _report(bench, store, run)
    made.counts.check_conservation()
    return replace(made, failure_examples=failure_examples(store, run)) if made.failures else made


def newest_run(store: Store, run_id: str | None) -> str:
    """Return the run named, by default the newest; raises UsageProblem where there is none yet."""
    if run_id is not None:
        return run_id
    newest = load_runs(store.connection, 1)
    if not newest:
        raise UsageProblem("There is no run yet.", "Start one with: zdpipe run QUERY", code="no_run")
    return newest[0].run_id


def _report(bench: Workbench, store: Store, run: RunRow) -> RunReport:
    counts = run.counts
    sent = counts.created + counts.updated + counts.failed
    outcome, stop = standing(bench, run)
    return RunReport(
        run_id=run.run_id,
        query=run.query,
        destination=run.destination,
        outcome=outcome,
        counts=counts,
        started_at=run.started_at,
        gone=run.gone,
        rejections=run.rejections,
        warnings=run.warnings,
        failures=store.batches(run).failure_counts(),
        requests=run.requests,
        jobs=run.jobs,
        seconds=run.seconds,
        users_per_second=sent / run.sending_seconds if run.sending_seconds else 0.0,
        finished_at=run.finished_at,
        resumes=run.resumes,
        retries=run.retries,
        retried=run.retried,
        rejects_files=_rejects_files(store, run),
        stop=stop,
        guards=run.guards,
        sample=run.sample,
        canary=run.canary,
        rolls_back=run.rolls_back,
        orchestration=run.orchestration,
        is_on_program=is_on_program(bench, run),
        farewells=store.errands(run).tally(run.gone_action),
        again=run_again(bench, run),
        is_full=run.full,
        is_sealed=run.seal is not None,
        is_closed=run.closed,
    )


def standing(bench: Workbench, run: RunRow) -> tuple[Outcome, Stop | None]:
    """Tell a run that is going from one whose process is gone: the lock goes with the process."""
    if run.outcome is not Outcome.RUNNING or is_going(bench, run.account):
        return run.outcome, run.stop
    return Outcome.INTERRUPTED, killed(run.run_id)


def _rejects_files(store: Store, run: RunRow) -> tuple[str, ...]:
    folder = store.folder.run(run.run_id)
    files = (folder / f"{REJECTS}.csv", folder / f"{REJECTS}.parquet")
    return tuple(str(path) for path in files if path.exists())
