"""`zdpipe run`: the whole river, from a SQL file to a closed run."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from zdpipe.errors import CredentialError, DestinationError, Interrupted, UsageProblem, ZdpipeError
from zdpipe.model.batch import batch_size
from zdpipe.model.gone import GoneAction
from zdpipe.model.query import Query
from zdpipe.model.run import Effort, Outcome, RunReport, Stop
from zdpipe.model.seal import Seal
from zdpipe.model.staff import Staff
from zdpipe.model.wish import USUAL, Wish
from zdpipe.pipeline.account import open_account, token_warning, who_am_i
from zdpipe.pipeline.approving import require_approval
from zdpipe.pipeline.asking import Asking
from zdpipe.pipeline.closing import settle_for_good
from zdpipe.pipeline.drafts import refuse_draft
from zdpipe.pipeline.failed import chosen_people
from zdpipe.pipeline.gone import Parting, action_of, plan_parting, tell_new_identity, write_parting
from zdpipe.pipeline.guarding import Gate, refusal
from zdpipe.pipeline.history import report
from zdpipe.pipeline.identity import changed_identity, identity_of
from zdpipe.pipeline.merging import merge_account, remember_answers
from zdpipe.pipeline.planning import Planned, planned
from zdpipe.pipeline.prepare import Prepared, prepared, read_one_query
from zdpipe.pipeline.sealing import check_seal, check_subject, check_texts, read_seal, seal_of
from zdpipe.pipeline.sending import send_run
from zdpipe.pipeline.staff import ask_for_staff
from zdpipe.pipeline.stopping import continue_with, stopped_by_person
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.terms import Terms
from zdpipe.pipeline.workbench import Workbench
from zdpipe.pipeline.writer import only_writer
from zdpipe.project.destination import Destination
from zdpipe.state.database import transaction
from zdpipe.state.endings import close_run, refuse_plan
from zdpipe.state.folder import make_private_folder
from zdpipe.state.runs import (
    NewRun,
    PlanFacts,
    RunRow,
    add_effort,
    insert_run,
    last_told,
    record_plan,
    unfinished_runs,
)


def run_query(
    bench: Workbench, path: Path, wish: Wish = USUAL, *, to: str | None = None, sealed: Path | None = None
) -> RunReport:
    """Plan, send and record one query.

    With a `sealed` plan exactly that is sent, or SealBroken raised. Whatever stops it after the plan is in
    the report; what stops it earlier is raised.
    """
    destination = bench.destination(to)
    query = read_one_query(bench, path)
    if sealed is not None:
        seal = read_seal(sealed)
        check_subject(seal, query, bench.account(destination), full=wish.full)
        wish = replace(wish, full=seal.full, seal=seal)
    with open_store(bench) as store:
        return carry_out(bench, store, query, destination, wish)


def carry_out(
    bench: Workbench, store: Store, query: Query, destination: Destination, wish: Wish
) -> RunReport:
    """Plan, send and record a query that was read; what a guard refuses is recorded and not sent."""
    if wish.sample is None and wish.retries is None:
        refuse_draft(query)
    account = bench.account(destination)
    bench.progress.subject(query.path, None)
    with only_writer(bench, store, account):
        with prepared(bench, query) as ready:
            require_approval(bench, ready, destination)
            if wish.seal is not None:
                check_texts(wish.seal, bench, ready)
            merge_account(bench, store, account)  # known users that cannot be read leave everything as it is
            try:
                staff, asked = knock(bench, store, destination)
            except (CredentialError, DestinationError) as error:
                turned_away = _new_run(bench, query, destination, wish)
                _record_turned_away(store, turned_away, error)
                bench.progress.subject(query.path, turned_away.run_id)
                raise
            if wish.seal is not None:
                _refuse_unfinished(bench, store, query, destination)
            forerunners = _settled_forerunners(bench, store, query, destination)
            new = _new_run(bench, query, destination, wish)
            insert_run(store.connection, new, forerunners)
            bench.progress.subject(query.path, new.run_id)
            run = store.run(new.run_id)
            add_effort(store.connection, run.run_id, Effort(requests=asked))
            plan_run(bench, store, run, ready, destination, staff)
        send_unless_over(bench, store, run.run_id, destination)
        return report(bench, store, run.run_id)


def _record_turned_away(store: Store, new: NewRun, error: ZdpipeError) -> None:
    """Write down a run that the account did not let begin, so that its cause can be looked up and acted on.

    It is over, and no other run is closed for it.
    """
    insert_run(store.connection, new)
    close_run(store.connection, new.run_id, Outcome.FAILED, new.started_at, Stop.from_error(error))


def send_unless_over(bench: Workbench, store: Store, run_id: str, destination: Destination) -> None:
    """Send what is left of a planned run, unless a guard refused it."""
    run = store.run(run_id)
    if run.finished_at is None:
        send_run(bench, store, run, destination)


def plan_run(
    bench: Workbench, store: Store, run: RunRow, ready: Prepared, destination: Destination, staff: Staff
) -> None:
    """Plan a run and make its batches ready; once this returns nothing of it can be lost.

    Rows of the `staff` are rejected. A run that a guard refuses is over, and has no batches. A person's stop
    is raised with the command that continues the run.
    """
    started = bench.clock.monotonic()
    try:
        with stopped_by_person(continue_with(run.run_id)):
            _plan(bench, store, run, ready, destination, staff)
    except ZdpipeError as error:
        outcome = Outcome.INTERRUPTED if isinstance(error, Interrupted) else Outcome.FAILED
        close_run(store.connection, run.run_id, outcome, bench.clock.now(), Stop.from_error(error))
        raise
    finally:
        seconds = bench.clock.monotonic() - started
        add_effort(store.connection, run.run_id, Effort(seconds=seconds))


def _plan(
    bench: Workbench, store: Store, run: RunRow, ready: Prepared, destination: Destination, staff: Staff
) -> None:
    only = chosen_people(store, store.run(run.retries)) if run.retries else None
    known = merge_account(bench, store, run.account)
    folder = store.folder.run(run.run_id)
    asking = Asking(bench, destination)
    make_private_folder(folder)
    gate = Gate(bench, store, run, asking, acts=action_of(bench, ready.query) is not GoneAction.REPORT)
    changed = changed_identity(bench, ready, last_told(store.connection, run.query, run.account))
    terms = Terms(
        full=run.full,
        only=only,
        staff=staff,
        ask=gate.ask,
        sample=run.sample,
        account=run.account,
        canary=run.canary.asked if run.canary else None,
        keep_sources=True,
        new_identity=changed,
        familiar=_familiar(store, run),
    )
    if terms.knows_gone:
        tell_new_identity(bench, changed)
    with planned(bench, ready, folder, known, terms) as plan:
        parting = plan_parting(bench, store, plan.compared, ready.query, run.account)
        if asking.requests:
            add_effort(store.connection, run.run_id, Effort(requests=asking.requests))
        if run.seal is not None:
            now = seal_of(bench, ready, plan, run.account, full=run.full)
            check_seal(Seal.from_text(run.seal), now)
        verdicts = gate.verdicts(plan)
        facts = PlanFacts(
            counts=plan.counts_before_sending,
            gone=plan.gone,
            rejections=plan.rejections,
            warnings=plan.warnings,
            retried=plan.retried,
            guards=verdicts,
            attribute_tables={table.path: table.text for table in ready.attribute_tables},
            identity=identity_of(ready),
            gone_action=parting.action if parting else GoneAction.REPORT,
        )
        stop = refusal(bench, run, verdicts)
        if stop is not None:
            refuse_plan(store.connection, run.run_id, facts, stop, bench.clock.now())
        else:
            _make_ready(store, run, plan, facts, parting, batch_size(destination.users_per_second))
    remember_answers(bench, store, run.account, asking.answers)


def _familiar(store: Store, run: RunRow) -> Path | None:
    """Return where a run's rows are remembered, None where every row has a part in it, or only some have."""
    if run.full or run.seal or run.sample is not None or run.retries is not None or run.canary is not None:
        return None
    return store.folder.familiar(run.account, run.query)


def _make_ready(
    store: Store, run: RunRow, plan: Planned, facts: PlanFacts, parting: Parting | None, size: int
) -> None:
    """Write outbox and errands; they are on disk before the transaction that makes them ready."""
    plan.keep_sources()
    batches = plan.workspace.write_outbox(store.folder.outbox(run.run_id), size)
    errands = write_parting(store, run.run_id, parting, size) if parting else []
    facts = replace(facts, ahead=plan.workspace.ahead())
    replace(facts.counts, pending=sum(batch.users for batch in batches)).check_conservation()
    with transaction(store.connection):
        store.batches(run).enqueue(batches)
        store.errands(run).enqueue(errands)
        record_plan(store.connection, run.run_id, facts)


def knock(bench: Workbench, store: Store, destination: Destination) -> tuple[Staff, int]:
    """Ask who we are before the long work of planning, so that a wrong credential is told at once.

    Returns the account's staff and the requests it took.
    """
    warning = token_warning(destination, bench.clock.now().date())
    if warning is not None:
        bench.progress.remark(warning)
    with open_account(bench, destination) as client:
        who_am_i(bench, client, destination, first_contact=True)
        staff = ask_for_staff(bench, store, client, destination)
        return staff, client.requests


def _new_run(bench: Workbench, query: Query, destination: Destination, wish: Wish) -> NewRun:
    now = bench.clock.now()
    return NewRun(
        run_id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
        query=query.path,
        destination=destination.name,
        account=bench.account(destination),
        sql=query.text,
        started_at=now,
        full=wish.full,
        retries=wish.retries,
        allowed=wish.allow,
        seal=wish.seal.as_text() if wish.seal else None,
        sample=wish.sample,
        canary=wish.canary,
        remembers=wish.remembers,
        occasion=wish.occasion,
    )


def _refuse_unfinished(bench: Workbench, store: Store, query: Query, destination: Destination) -> None:
    """Raise UsageProblem where a sealed plan would close a run that could go on."""
    left = unfinished_runs(store.connection, bench.account(destination))
    for run in left:
        if run.query == query.path:
            raise UsageProblem(
                f"Run {run.run_id} of this query has not ended; what it brings is not in the sealed plan.",
                f"Finish it first: zdpipe resume {run.run_id}. Then plan and seal again.",
                code="unfinished_run",
            )


def _settled_forerunners(bench: Workbench, store: Store, query: Query, destination: Destination) -> list[str]:
    """Settle what earlier, stopped runs of the query may have in flight; return the runs."""
    left = unfinished_runs(store.connection, bench.account(destination))
    forerunners = [run for run in left if run.query == query.path]
    for run in forerunners:
        settle_for_good(bench, store, run, destination)
    return [run.run_id for run in forerunners]
