"""`zdpipe explain`: one customer's way through a run, offline."""

from __future__ import annotations

from dataclasses import replace

from zdpipe.errors import Interrupted, ZdpipeError
from zdpipe.model.forgotten import is_placeholder
from zdpipe.model.journey import Did, Journey, Note
from zdpipe.model.known import KnownUser
from zdpipe.model.policy import SendOn
from zdpipe.model.run import Outcome
from zdpipe.pipeline.differences import as_today, changes_of, differing, held_before, known_before, known_then
from zdpipe.pipeline.merging import merge_unless_going
from zdpipe.pipeline.person_history import PersonHistory, history_of, was_refused
from zdpipe.pipeline.person_in_run import PersonInRun
from zdpipe.pipeline.rereading import read_again
from zdpipe.pipeline.sharing import shared_addresses
from zdpipe.pipeline.source_rows import kept_rows, rows_of_now
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.traces import changed_texts, trace_columns
from zdpipe.pipeline.workbench import Workbench
from zdpipe.pipeline.writer import is_going
from zdpipe.state.retention import accounts_of
from zdpipe.state.runs import RunRow
from zdpipe.state.staff import names_staff, staff_files


def explain_person(bench: Workbench, key: str, run_id: str | None = None) -> Journey:
    """Tell what a run did about whom an external_id, an address or a Zendesk id names; asks Zendesk nothing.

    By default that is the newest run that had them. What is acknowledged is merged first, unless a run is
    going. Raises UsageProblem where there is no such run, or several customers are meant.
    """
    with open_store(bench) as store:
        named = store.run(run_id) if run_id is not None else None
        for account in accounts_of(store.connection):
            merge_unless_going(bench, store, account)
        history = history_of(bench, store, key)
        if not history.person.is_known:
            return Journey((), notes=history.notes)
        return _Explanation(bench, store, history).tell(named or history.newest())


class _Explanation:
    """Everything that can be told of a person, and the notes that gather meanwhile."""

    def __init__(self, bench: Workbench, store: Store, history: PersonHistory) -> None:
        self._bench = bench
        self._store = store
        self._history = history
        self._notes = [*history.notes]

    def tell(self, run: RunRow | None) -> Journey:
        """Explain one run; without any there is only what is known today."""
        person = self._history.person
        names = tuple(sorted(person.keys or person.ids | person.emails))
        journey = Journey(names, now=tuple(as_today(*known) for known in self._history.known))
        if all(is_placeholder(name) for name in names):
            self._note("forgotten", "Whoever this was has been forgotten; only what counts need is left.")
        elif any(names_staff(path, person.texts) for path in staff_files(self._store.folder.root / "known")):
            self._note("staff", "An agent or admin of the account, as the last run was told.")
        if run is not None:
            journey = self._of_run(replace(journey, run=self._history.facts(run)), run)
        mentions = tuple(self._history.mentions(run, journey.did))
        return replace(journey, mentions=mentions, notes=tuple(self._notes))

    def _of_run(self, journey: Journey, run: RunRow) -> Journey:
        if run.outcome is Outcome.RUNNING and is_going(self._bench, run.account):
            self._note("going", "The run is still going.")
        found = self._history.traces.get(run.run_id)
        told = self._untraced(journey, run) if found is None else self._traced(journey, found)
        if told.did is not Did.ABSENT:
            self._notes += changed_texts(self._bench, run)
        columns = dict.fromkeys(cell.column for row in told.rows for cell in row.cells)
        if not columns:
            return told
        traces = trace_columns(self._bench, run, columns)
        if not traces:
            self._note("no_lines", "The SQL of this run cannot be followed line by line.")
        return replace(told, columns=traces)

    def _traced(self, journey: Journey, found: PersonInRun) -> Journey:
        if found.run.rolls_back is not None:
            return self._of_rollback(journey, found, found.run.rolls_back)
        if found.did is Did.GONE:
            then = known_then(self._history.known_of(found.run.account), found.run)
            return replace(journey, did=Did.GONE, before=then, deeds=found.deeds)
        before = known_before(self._store, found, self._bench.clock)
        told = replace(
            journey,
            did=found.did,
            rows=kept_rows(found.files),
            shared=tuple(shared_addresses(self._bench, self._store, self._history, found)),
            before=before,
            changes=changes_of(found, before),
            deliveries=found.deliveries,
            deeds=found.deeds,
        )
        if told.rows or any(is_placeholder(key) for key in told.keys):
            return told
        told, _ = self._read_again(told, found.run)
        known = self._history.known_of(found.run.account)
        return replace(told, before=before or known_then(known, found.run))

    def _of_rollback(self, journey: Journey, found: PersonInRun, taken_back: str) -> Journey:
        """Explain a run without rows of its own: it put back what another one had written."""
        self._note("rollback", f"The run took run {taken_back} back: it put back what was there before.")
        before = held_before(self._store, found)
        changes = changes_of(found, before)
        return replace(journey, did=found.did, before=before, changes=changes, deliveries=found.deliveries)

    def _untraced(self, journey: Journey, run: RunRow) -> Journey:
        """Explain a run that kept nothing of the person: they were unchanged, gone, or none of its people."""
        absent = self._history.why_absent(run)
        if absent is not None:
            self._notes.append(absent)
            return journey
        known = self._history.known_of(run.account)
        told, is_there = self._read_again(journey, run)
        told = replace(told, before=known_then(known, run))
        if was_refused(run):
            self._note("refused", "A guard refused the run, so nobody was sent.")
            return replace(told, did=Did.NOT_SENT)
        if is_there is None:
            return replace(told, did=Did.NOTHING_KEPT)
        if not is_there:
            self._note("gone", "The query has no row of this customer now.")
            return replace(told, did=Did.GONE)
        fields = self._bench.project.fields.items()
        # What goes where it is empty changes nothing of what is filled.
        fills = {name for name, rule in fields if rule.only_if_empty}
        apart = fills | {name for name, rule in fields if rule.send_on not in {None, SendOn.BOTH}}
        if filled := _filled(told, known, fills):
            self._note("not_empty", f"Others filled it, so it is not sent: {', '.join(filled)}.")
        if differs := differing(told.rows, known, apart):
            words = f"Not as it is known, so something changed since: {', '.join(differs)}."
            self._note("differs_now", words)
        return replace(told, did=Did.UNCHANGED)

    def _read_again(self, journey: Journey, run: RunRow) -> tuple[Journey, bool | None]:
        """Add the rows of now; tell whether there are any, None where the query cannot be run."""
        try:
            found = read_again(self._bench, self._store, run, self._history.person)
        except Interrupted:
            raise
        except ZdpipeError as error:
            self._note("unreadable_now", f"The query cannot be run now: {error.message}")
            return journey, None
        rows = rows_of_now(found)
        if rows:
            self._note(
                "read_now", "The run kept no row of this customer; what follows was read now, not then."
            )
        return replace(journey, rows=rows), bool(rows)

    def _note(self, code: str, words: str) -> None:
        self._notes.append(Note(code, words))


def _filled(journey: Journey, known: KnownUser | None, fills: set[str]) -> list[str]:
    """Return the fields of a person's rows that others filled before they could be sent."""
    columns = {cell.column for row in journey.rows for cell in row.cells if cell.value is not None}
    return sorted(fills & columns & known.filled) if known else []
