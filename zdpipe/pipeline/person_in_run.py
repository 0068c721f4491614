"""What a run had to do with one person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from zdpipe.model.batch import BatchState, ItemStatus, Sending
from zdpipe.model.forgotten import Person
from zdpipe.model.journey import Delivery, Did, Farewell, Mention
from zdpipe.pipeline.failed import parted_words
from zdpipe.pipeline.store import Store
from zdpipe.state.errand_file import errands_about
from zdpipe.state.fates import fate_of
from zdpipe.state.person_files import PersonFiles, read_person
from zdpipe.state.runs import RunRow

_DONE = {
    ItemStatus.CREATED: Did.CREATED,
    ItemStatus.UPDATED: Did.UPDATED,
    ItemStatus.FAILED: Did.FAILED,
}


@dataclass(frozen=True)
class PersonInRun:
    """A run, what its files hold of the person, and their user objects with what became of them.

    `deeds` are what was to be done to them because they were gone, or back.
    """

    run: RunRow
    files: PersonFiles
    deliveries: tuple[Delivery, ...]
    deeds: tuple[Farewell, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the run kept nothing of the person."""
        return self.files.is_empty and not self.deeds

    @property
    def is_gone(self) -> bool:
        """Whether the run found the person gone from its query, and was to do something about it."""
        return any(not deed.deed.takes_back for deed in self.deeds)

    @property
    def did(self) -> Did:
        """What the run did about the person, as far as what it kept tells."""
        if self.deliveries:
            return _did(self.run, self.deliveries)
        if self.deeds and self.files.rejects.is_empty():
            return Did.GONE if self.is_gone else Did.UNCHANGED
        if not self.files.sources.is_empty() or not self.files.remarks.is_empty():
            return Did.UNCHANGED
        return Did.ABSENT if self.files.rejects.is_empty() else Did.REJECTED

    @property
    def mention(self) -> Mention:
        """The run in a line."""
        run = self.run
        warnings = tuple(dict.fromkeys(self.files.remarks["reason"].to_list()))
        return Mention(run.run_id, run.query, run.destination, run.started_at, self.did, warnings, self.deeds)


def look_into(store: Store, run: RunRow, person: Person) -> PersonInRun:
    """Read what a run kept of a person; raises StateError for damaged files."""
    files = read_person(store.folder.run(run.run_id), person)
    deliveries = tuple(
        _delivery(store, run, Sending(row["sending"]), row) for row in files.sent.iter_rows(named=True)
    )
    return PersonInRun(run, files, deliveries, tuple(_deeds(store, run, person)))


def _deeds(store: Store, run: RunRow, person: Person) -> Iterator[Farewell]:
    errands = store.errands(run)
    for item in errands_about(store.folder.errands(run.run_id), person.keys):
        settled = errands.fate(item.number, item.position)
        told = Farewell(run.run_id, item.deed, user_id=item.zendesk_id)
        if settled is not None:
            words, request_id = parted_words(settled.details)
            told = replace(told, fate=settled.fate.value, words=words, request_id=request_id)
        yield told


def _did(run: RunRow, deliveries: tuple[Delivery, ...]) -> Did:
    """The first object tells: it is the lead row's, where that was sent."""
    first = deliveries[0]
    if first.status is not None:
        return _DONE[first.status]
    return Did.WAITING if run.finished_at is None else Did.NOT_SENT


def _delivery(store: Store, run: RunRow, sending: Sending, row: dict[str, object]) -> Delivery:
    batch, position = int(str(row["batch"])), int(str(row["position"]))
    fate = fate_of(store.connection, run.run_id, batch, position)
    result = fate.result if fate else None
    words, request_id = parted_words(result.details if result else None)
    return Delivery(
        sending=sending,
        batch=batch,
        position=position,
        row=int(str(row["row"])),
        payload=str(row["payload"]),
        state=fate.state if fate else BatchState.READY,
        attempts=fate.attempts if fate else 0,
        was_unsure=fate.was_unsure if fate else False,
        sent_at=fate.sent_at if fate else None,
        settled_at=fate.settled_at if fate else None,
        job_id=fate.job_id if fate else None,
        status=result.status if result else None,
        user_id=result.zendesk_id if result else None,
        reason=result.reason if result else None,
        words=words,
        request_id=request_id,
    )
