"""The loop that does a run's errands, one after the other, each to its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from zdpipe.clock import Clock
from zdpipe.delivery.deeds import Change, change_for, owner
from zdpipe.delivery.jobs import MOST_JOBS_A_BATCH
from zdpipe.delivery.patience import Patience
from zdpipe.delivery.refusals import is_about_users
from zdpipe.delivery.resting import LONGEST_REQUEST, rest_after
from zdpipe.delivery.watch import JobWatch, Lost
from zdpipe.model.batch import BatchState
from zdpipe.model.errand import Errand, ErrandItem, Settled
from zdpipe.model.gone import Deed, Fate
from zdpipe.model.progress import LIMITS, Progress
from zdpipe.state.errand_file import read_errand
from zdpipe.state.errands import ErrandStore
from zdpipe.zendesk.client import LONG_WAIT, ZendeskClient
from zdpipe.zendesk.failures import NotTaken, Refused, Unsure
from zdpipe.zendesk.wire import Mispaired, User, read_refusals

Todo = list[tuple[ErrandItem, Change]]
# Of these the other queries are asked once more: nothing that they have is taken from them.
_FINAL_DEEDS = frozenset({Deed.SUSPEND, Deed.DELETE})


@dataclass(frozen=True, slots=True)
class Errands:
    """What doing the errands of one run works with.

    `file` is where their people are, `elsewhere` tells whom of some keys another query has by now.
    """

    store: ErrandStore
    file: Path
    client: ZendeskClient
    clock: Clock
    progress: Progress
    users_per_second: int
    elsewhere: Callable[[Collection[str]], Collection[str]]


class Usher:
    """Reads each errand's users, changes those who need it under the limits, and records everybody's fate.

    Whatever is written is worked out from what the account shows right before, so doing it again is
    harmless. Interrupted may come out of any wait; whatever happened until then is recorded.
    """

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._store = errands.store
        self._client = errands.client
        self._clock = errands.clock
        self._patience = Patience(errands.clock)
        self._watch = JobWatch(errands.client, errands.clock, errands.progress)
        self._most = errands.users_per_second
        self._sent_here: set[int] = set()

    def deliver(self) -> None:
        """Work until every errand is settled; raises Refused or what outlasted all patience."""
        for errand in self._store.left():
            self._go_on(errand, sends=True)

    def settle_in_flight(self, *, for_good: bool) -> None:
        """Learn what became of whatever may have reached Zendesk, sending nothing new.

        `for_good`, when the run will never be resumed, everybody else is left alone.
        """
        for errand in self._store.left():
            left = self._go_on(errand, sends=False)
            if for_good and left.state is not BatchState.SETTLED:
                others = [Settled(item.position, Fate.NOT_SENT) for item in self._undecided(left)]
                self._store.settle(left, others, self._clock.now())

    def _go_on(self, errand: Errand, *, sends: bool) -> Errand:
        ends = {BatchState.SETTLED} if sends else {BatchState.SETTLED, BatchState.READY}
        while errand.state not in ends:
            self._clock.sleep(0)
            try:
                self._step(errand, sends=sends)
                self._patience.succeeded()
            except (NotTaken, Unsure) as failure:
                self._wait(self._patience.wait_after(failure), failure.message)
            errand = self._store.get(errand.number)
        return errand

    def _step(self, errand: Errand, *, sends: bool) -> None:
        match errand.state:
            case BatchState.READY:
                self._send(errand)
            case BatchState.SENDING:
                self._store.mark_unsure(errand)
            case BatchState.UNSURE:
                self._rest(errand)
                fates = [] if sends else self._done_already(errand)
                self._store.mark_ready(errand, fates)
            case _:
                self._poll(errand)

    def _send(self, errand: Errand) -> None:
        fates, todo = self._look(errand)
        if errand.lost >= MOST_JOBS_A_BATCH:
            fates += [Settled(item.position, Fate.UNCONFIRMED) for item, _ in todo]
            todo = []
        if not todo:
            self._store.settle(errand, fates, self._clock.now())
            return
        if fates:
            self._store.decide(errand, fates)
        portion = self._portion(todo)
        users = 1 if errand.deed is Deed.DELETE else len(portion)
        wait = self._client.permit_write(users)
        if wait:
            self._wait(wait, LIMITS)  # who they are is read anew after a wait
            return
        self._store.mark_sending(errand, len(portion), self._clock.now())
        self._sent_here.add(errand.number)
        sending = self._store.get(errand.number)
        try:
            self._delete(sending, portion) if errand.deed is Deed.DELETE else self._update(sending, portion)
        except Refused as refusal:
            self._refused(sending, portion, refusal)
        except NotTaken:
            self._store.mark_ready(sending)
            raise
        except Unsure:
            self._store.mark_unsure(sending)
            raise

    def _look(self, errand: Errand) -> tuple[list[Settled], Todo]:
        """Read the users of whom nothing is known yet; return the fates that are clear, and what is to do."""
        items = self._undecided(errand)
        elsewhere: Collection[str] = ()
        if errand.deed in _FINAL_DEEDS:
            elsewhere = self._errands.elsewhere([item.key for item in items])
        users = self._users([item for item in items if item.decided is None])
        fates: list[Settled] = []
        todo: Todo = []
        for place, item in enumerate(items):
            found = users.get(item.zendesk_id or 0)
            user = owner(item, found)
            # Whoever is there under another key was not deleted.
            is_others = user is None and found is not None and found.properties.get("active") is not False
            if item.decided is not None:
                fates.append(Settled(item.position, item.decided))
            elif item.key in elsewhere and user is not None:
                fates.append(Settled(item.position, Fate.IN_ANOTHER_QUERY))
            else:
                change = change_for(item, user, again=_may_be_done(errand, place) and not is_others)
                if isinstance(change, Fate):
                    fates.append(Settled(item.position, change))
                else:
                    todo.append((item, change))
        return fates, todo

    def _done_already(self, errand: Errand) -> list[Settled]:
        return [each for each in self._look(errand)[0] if each.fate is Fate.DONE]

    def _portion(self, todo: Todo) -> Todo:
        """Return the first of them, nobody twice: what is written of a user holds all that was read."""
        portion: Todo = []
        seen: set[int | None] = set()
        for item, change in todo[: self._most]:
            if item.zendesk_id in seen:
                break
            seen.add(item.zendesk_id)
            portion.append((item, change))
        return portion

    def _update(self, errand: Errand, portion: Todo) -> None:
        payloads = [
            json.dumps({"id": item.zendesk_id} | change, ensure_ascii=False) for item, change in portion
        ]
        job = self._client.update_many(payloads)
        self._store.mark_accepted(errand, job.job_id)
        self._watch.begin(job.job_id)
        self._most = self._errands.users_per_second

    def _delete(self, errand: Errand, portion: Todo) -> None:
        """Delete one after the other, the first of whom is permitted already."""
        for place, (item, _) in enumerate(portion):
            while place and (wait := self._client.permit_write(1)):
                self._wait(wait, LIMITS)
            self._store.decide(errand, [self._delete_one(item)])
        self._store.mark_ready(errand, fates=(), was_taken=True)

    def _delete_one(self, item: ErrandItem) -> Settled:
        try:
            self._client.delete_user(int(item.zendesk_id or 0))
        except Refused as refusal:
            if refusal.status == 404:
                return Settled(item.position, Fate.DONE)
            if is_about_users(refusal):
                return Settled(item.position, Fate.FAILED, refusal.message)
            raise
        return Settled(item.position, Fate.DONE)

    def _refused(self, errand: Errand, portion: Todo, refusal: Refused) -> None:
        """Cut a request down until the user it is refused for stands alone; any other refusal is raised."""
        if errand.deed is Deed.DELETE or not is_about_users(refusal):
            self._store.mark_ready(errand)
            raise refusal
        if len(portion) > 1:
            self._most = len(portion) // 2
            self._store.mark_ready(errand)
            return
        self._most = self._errands.users_per_second
        fate = Settled(portion[0][0].position, Fate.FAILED, refusal.message)
        self._store.mark_ready(errand, [fate])

    def _poll(self, errand: Errand) -> None:
        try:
            job, seconds = self._watch.wait_for(str(errand.job_id))
        except Lost as lost:
            self._errands.progress.waiting(str(lost), 0.0)
            self._store.mark_unsure(errand)
            return
        if job is None:  # it died; some of its users may have been changed
            self._store.mark_ready(errand)
            return
        sent = self._undecided(errand)[: errand.sent]
        try:
            refusals = read_refusals(job.results or (), [int(item.zendesk_id or 0) for item in sent])
        except Mispaired:
            self._store.mark_unsure(errand)
            return
        fates = [_ending(item, refusals.get(place)) for place, item in enumerate(sent)]
        if len(sent) == len(self._undecided(errand)):
            self._store.settle(errand, fates, self._clock.now(), seconds)
        else:
            self._store.mark_ready(errand, fates)

    def _rest(self, errand: Errand) -> None:
        """Wait until a lost job would have ended; a lost deletion that comes late does no harm."""
        if errand.deed is Deed.DELETE or errand.sent_at is None:
            return
        rest = rest_after(self._store.slowest_job())
        if errand.number not in self._sent_here:
            rest += LONGEST_REQUEST
        left = rest - (self._clock.now() - errand.sent_at).total_seconds()
        if left > 0:
            self._wait(min(left, rest), "an answer was lost")

    def _undecided(self, errand: Errand) -> list[ErrandItem]:
        known = {each.position for each in self._store.fates(errand.number)}
        items = read_errand(self._errands.file, errand.number)
        return [item for item in items if item.position not in known]

    def _users(self, items: Sequence[ErrandItem]) -> dict[int, User]:
        ids = sorted({item.zendesk_id for item in items if item.zendesk_id is not None})
        return {user.user_id: user for user in self._client.users(ids)} if ids else {}

    def _wait(self, seconds: float, why: str) -> None:
        if seconds >= LONG_WAIT:
            self._errands.progress.waiting(why, seconds)
        self._clock.sleep(seconds)


def _may_be_done(errand: Errand, place: int) -> bool:
    """Tell whether a lost sending had the person at a place among the undecided; deletions go one by one."""
    return errand.lost > 0 and place < (1 if errand.deed is Deed.DELETE else errand.sent)


def _ending(item: ErrandItem, refusal: str | None) -> Settled:
    return Settled(item.position, Fate.DONE if refusal is None else Fate.FAILED, refusal)
