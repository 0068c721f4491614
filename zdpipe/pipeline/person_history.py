"""A person in all runs that the state knows, and which of them is worth explaining."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from zdpipe.errors import StateError
from zdpipe.model.forgotten import Person
from zdpipe.model.journey import Did, Farewell, Mention, Note, RunFacts
from zdpipe.model.known import KnownUser
from zdpipe.model.run import REFUSED, Outcome
from zdpipe.pipeline.person import find_person
from zdpipe.pipeline.person_in_run import PersonInRun, look_into
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.known_people import files_of
from zdpipe.state.known_users import lookup
from zdpipe.state.leftovers import run_folders
from zdpipe.state.retention import accounts_of
from zdpipe.state.run_files import columns_of, parquet_files
from zdpipe.state.runs import RunRow, load_runs


@dataclass(frozen=True)
class PersonHistory:
    """A person, every run (newest first), and what is known today by account.

    `traces` are the runs that kept something of the person. `notes` name runs whose files cannot be read.
    """

    person: Person
    runs: tuple[RunRow, ...]
    traces: dict[str, PersonInRun] = field(default_factory=dict)
    known: tuple[tuple[str, KnownUser], ...] = ()
    notes: tuple[Note, ...] = ()

    def known_of(self, account: str) -> KnownUser | None:
        """Return what an account is known to hold of the person.

        Whoever got an external_id after an address alone has two entries; that with the id is the later one.
        """
        users = [user for name, user in self.known if name == account]
        return max(users, key=lambda user: user.external_id is not None, default=None)

    def newest(self) -> RunRow | None:
        """Return the newest run that had the person, as far as that can be told without the source."""
        for run in self.runs:
            is_over = run.outcome is Outcome.SUPERSEDED or was_refused(run)
            if run.run_id in self.traces or (not is_over and self.why_absent(run) is None):
                return run
        return None

    def why_absent(self, run: RunRow) -> Note | None:
        """Return why a run that kept nothing of the person did not have them; None where it may have."""
        if not run.planned:
            return Note("not_planned", "The run has no plan, so it has nothing of anybody.")
        if run.retries is not None or run.sample is not None:
            kind = "a retry of those who failed" if run.retries is not None else "a sample"
            return Note("not_among", f"The run was {kind}, and this customer was none of them.")
        if run.rolls_back is not None:
            words = f"The run took back what run {run.rolls_back} wrote, and nothing of this customer."
            return Note("not_among", words)
        if left := self._left_before(run):
            what = f"{left.deed}, {left.fate}"
            words = f"Gone from the query since run {left.run_id}, which saw to it: {what}."
            return Note("gone_before", words)
        if was_refused(run) or self._had_before(run):
            return None
        return Note("absent", "The run did not have this customer.")

    def mentions(self, chosen: RunRow | None, did: Did) -> Iterator[Mention]:
        """Yield the runs that kept something, and the `chosen` one, which did something else to be told."""
        for run in self.runs:
            if run.run_id in self.traces:
                yield self.traces[run.run_id].mention
            elif chosen is not None and run.run_id == chosen.run_id and did is not Did.ABSENT:
                yield Mention(run.run_id, run.query, run.destination, run.started_at, did)

    def facts(self, run: RunRow) -> RunFacts:
        """Return a run with the runs it hangs together with."""
        place = [other.run_id for other in self.runs].index(run.run_id)
        later = list(reversed(self.runs[:place]))
        heirs = [
            other.run_id
            for other in later
            if (other.query, other.account, other.rolls_back) == (run.query, run.account, None)
        ]
        return RunFacts(
            run_id=run.run_id,
            query=run.query,
            destination=run.destination,
            account=run.account,
            outcome=run.outcome.value,
            started_at=run.started_at,
            finished_at=run.finished_at,
            resumes=run.resumes,
            retries=run.retries,
            rolls_back=run.rolls_back,
            retried_by=tuple(other.run_id for other in later if other.retries == run.run_id),
            superseded_by=next(iter(heirs), None) if run.outcome is Outcome.SUPERSEDED else None,
        )

    def _left_before(self, run: RunRow) -> Farewell | None:
        """Return what ended the person's time in a run's query before it, if they were not back yet."""
        same = [
            trace
            for trace in self.traces.values()
            if (trace.run.query, trace.run.account) == (run.query, run.account)
            and trace.run.rolls_back is None
        ]
        last = next((trace for trace in same if trace.run.started_at < run.started_at), None)
        left = next((deed for deed in last.deeds if deed.ends_it), None) if last else None
        later = [trace for trace in same if trace.run.started_at > run.started_at]
        if later:  # the first of them had the person back, unless it found them gone once more
            return None if later[-1].is_gone else left
        known = self.known_of(run.account)
        return None if known is not None and run.query in known.queries else left

    def _had_before(self, run: RunRow) -> bool:
        """Tell whether the run's query had them before: nobody new leaves a run without a trace."""
        known = self.known_of(run.account)
        if known is None:
            return False
        # What was adopted for a query counts, though the query sent nothing yet.
        if run.query not in {*known.queries, *(value.query for value in known.values.values())}:
            return False
        told = any(value.acknowledged_at <= run.started_at for value in known.values.values())
        return told or any(
            trace.run.query == run.query and trace.run.started_at < run.started_at
            for trace in self.traces.values()
        )


def was_refused(run: RunRow) -> bool:
    """Tell whether a guard kept a run from sending anything."""
    return run.stop is not None and run.stop.code == REFUSED


def history_of(bench: Workbench, store: Store, key: str) -> PersonHistory:
    """Look for whom a key names wherever one can read; raises AmbiguousKey where several are meant."""
    runs = tuple(load_runs(store.connection))
    folders, notes = _readable(store, runs)
    person = find_person(bench, store, key, folders)
    if not person.is_known:
        return PersonHistory(person, runs, notes=notes)
    names = {folder.name for folder in folders}
    looked = (look_into(store, run, person) for run in runs if run.run_id in names)
    traces = {found.run.run_id: found for found in looked if not found.is_empty}
    return PersonHistory(person, runs, traces, tuple(_known(bench, store, person)), notes)


def _known(bench: Workbench, store: Store, person: Person) -> Iterator[tuple[str, KnownUser]]:
    accounts = {store.folder.known_users(account): account for account in accounts_of(store.connection)}
    for known in files_of(store.folder.root / "known"):
        for key in sorted(person.keys):
            user = lookup(known, key, bench.clock)
            if user is not None:
                yield accounts.get(known, known.stem), user


def _readable(store: Store, runs: tuple[RunRow, ...]) -> tuple[list[Path], tuple[Note, ...]]:
    """Return the folders of planned runs whose files are whole; those of others are being written."""
    planned = {run.run_id for run in runs if run.planned}
    folders, notes = [], []
    for folder in run_folders(store.folder):
        if folder.name not in planned:
            continue
        try:
            for path in parquet_files(folder):
                columns_of(path)
        except StateError as error:
            notes.append(Note("files_damaged", f"Run {folder.name} is left out: {error.message}"))
        else:
            folders.append(folder)
    return folders, tuple(notes)
