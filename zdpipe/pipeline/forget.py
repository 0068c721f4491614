"""`zdpipe forget`: one person out of everything that the project's state holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from zdpipe.engine.spill import living, spill_folder, sweep
from zdpipe.errors import StateLocked, UsageProblem
from zdpipe.model.forgotten import Erased, Forgotten, Person
from zdpipe.pipeline.merging import merge_account
from zdpipe.pipeline.person import find_person, gather
from zdpipe.pipeline.staging import SOURCES
from zdpipe.pipeline.stopping import stopped_by_person
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.pipeline.writer import only_writer
from zdpipe.state.errand_file import errand_places
from zdpipe.state.familiar_rows import forget_familiar
from zdpipe.state.forgetting import (
    erase_fates,
    erase_in_database,
    names_in_sql,
    note_down,
    noted,
    strike_note,
)
from zdpipe.state.known_people import files_of, rewrite_without
from zdpipe.state.leftovers import half_made, logs, remove, run_folders
from zdpipe.state.locks import merging_into
from zdpipe.state.retention import accounts_of
from zdpipe.state.run_files import parquet_files, places_of, replace_in
from zdpipe.state.runs import RunRow, unfinished_runs
from zdpipe.state.staff import forget_staff, staff_files
from zdpipe.state.wording import Wording

Places = list[tuple[str, int, int]]
# What a person's own rows in a file of a run are; in all others they were left out.
_OWN_ROWS = {"outbox": "sent", SOURCES: "sources"}


def forget_person(bench: Workbench, key: str) -> Forgotten:
    """Erase whom an external_id, an address or a Zendesk id names; counts of runs stay what they were.

    It may be stopped or killed at any moment: repeated, it completes what was begun, whatever the key.
    Raises StateLocked while a run or another command is at work, UsageProblem where a run that could go on
    would still send the person, or where several customers are meant.
    """
    with open_store(bench) as store, stopped_by_person("Complete it with the same command."):
        _refuse_company(store)
        with _every_account(bench, store):
            _tidy_up(store)
            bench.progress.stage("searching")
            left = noted(store.folder)
            forget_familiar(store.folder.familiar_rows)
            first = _erase(bench, store, gather(bench, store, left)) if left else None
            person = find_person(bench, store, key)
            if person.is_known:
                last = _erase(bench, store, person)
                return _together(store, first, last)
            # Whoever was deleted at Zendesk is known by nothing, and their bytes may be there all the same.
            _erase_known(bench, store, person)
            return _together(store, first, Forgotten(found=False))


@contextmanager
def _every_account(bench: Workbench, store: Store) -> Iterator[None]:
    """Hold every account of the project, with what was acknowledged among its known users."""
    configured = {bench.account(destination) for destination in bench.project.destinations.values()}
    accounts = sorted(configured | set(accounts_of(store.connection)))
    with ExitStack() as stack:
        for account in accounts:
            stack.enter_context(only_writer(bench, store, account))
        for account in accounts_of(store.connection):
            merge_account(bench, store, account)
        for known in files_of(store.folder.root / "known"):
            stack.enter_context(merging_into(known))
        yield


def _refuse_company(store: Store) -> None:
    """Refuse to begin beside a command that has the source's rows in files of its own."""
    sweep(store.folder.temporary)
    others = living(store.folder.temporary)
    if others:
        raise StateLocked(
            "Another command of this project is at work, with customers in its temporary files.",
            f"Wait until it has ended. If there is none, remove {others[0]}.",
        )


def _tidy_up(store: Store) -> None:
    """Remove what killed processes left: nobody holds these accounts now but us."""
    others = living(store.folder.temporary)
    remove([path for path in store.folder.temporary.iterdir() if path not in others])
    unplanned = {run.run_id for run in unfinished_runs(store.connection) if not run.planned}
    for folder in run_folders(store.folder):
        remove(list(folder.iterdir()) if folder.name in unplanned else half_made(folder))


def _erase(bench: Workbench, store: Store, person: Person) -> Forgotten:
    _refuse_unfinished(store, person)
    bench.progress.stage("erasing")
    note_down(store.folder, person)
    places = _places(store, person)
    errands = _errands(store, person)
    # Last of a run's files goes its outbox; until results are erased, the placeholder in it leads to them.
    runs, erased = _erase_files(store, person)
    erase_fates(store.connection, errands)
    erased += Erased(mentions=erase_in_database(store.connection, person, places))
    erased += Erased(known=_erase_known(bench, store, person))
    staff = staff_files(store.folder.root / "known")
    erased += Erased(mentions=sum(forget_staff(path, person.texts) for path in staff))
    wording = Wording(person)
    erased += Erased(logs=sum(wording.rewrite(path) for path in logs(store.folder)))
    strike_note(store.folder)
    runs |= {run_id for run_id, _, _ in (*places, *errands)}
    return Forgotten(True, erased, sorted(runs), sorted(person.zendesk))


def _refuse_unfinished(store: Store, person: Person) -> None:
    for run in unfinished_runs(store.connection):
        if run.planned and _is_sent(store, run, person):
            raise _unfinished(run.run_id, "would still send this customer")
    for run_id in names_in_sql(store.connection, person):
        raise _unfinished(run_id, "names this customer in its query")


def _is_sent(store: Store, run: RunRow, person: Person) -> bool:
    outbox = store.folder.outbox(run.run_id)
    if outbox.exists() and not places_of(outbox, person).is_empty():
        return True
    return bool(errand_places(store.folder.errands(run.run_id), person))


def _unfinished(run_id: str, why: str) -> UsageProblem:
    return UsageProblem(
        f"Run {run_id} has not ended, and {why}.",
        f"Finish it first: zdpipe resume {run_id}. A new run of its query replaces it, too.",
        code="unfinished_run",
    )


def _places(store: Store, person: Person) -> Places:
    places: Places = []
    for folder in run_folders(store.folder):
        outbox = store.folder.outbox(folder.name)
        if outbox.exists():
            rows = places_of(outbox, person).select("batch", "position")
            places += [(folder.name, batch, position) for batch, position in rows.iter_rows()]
    return places


def _errands(store: Store, person: Person) -> Places:
    return [
        (folder.name, number, position)
        for folder in run_folders(store.folder)
        for number, position in errand_places(store.folder.errands(folder.name), person)
    ]


def _erase_files(store: Store, person: Person) -> tuple[set[str], Erased]:
    changed: set[str] = set()
    erased = Erased()
    for folder in run_folders(store.folder):
        for path in parquet_files(folder):
            replaced = replace_in(path, person)
            erased += Erased(**{_OWN_ROWS.get(path.stem, "left_out"): replaced.own}, mentions=replaced.others)
            if replaced.own or replaced.others:
                changed.add(folder.name)
    return changed, erased


def _erase_known(bench: Workbench, store: Store, person: Person) -> int:
    rows = 0
    for known in files_of(store.folder.root / "known"):
        with spill_folder(store.folder.temporary) as spill:
            resources = bench.project.limits.resources(spill)
            rows += rewrite_without(known, person.keys, resources, bench.clock)
    return rows


def _together(store: Store, first: Forgotten | None, last: Forgotten) -> Forgotten:
    """Return one report of what was completed and what was done."""
    folder = store.folder.root / "simulator"
    simulators = sorted(path.name for path in folder.glob("*.sqlite")) if folder.is_dir() else []
    if first is None:
        return Forgotten(last.found, last.erased, last.runs, last.zendesk, simulators=simulators)
    return Forgotten(
        found=True,
        erased=first.erased + last.erased,
        runs=sorted({*first.runs, *last.runs}),
        zendesk=sorted({*first.zendesk, *last.zendesk}),
        completed=True,
        simulators=simulators,
    )
