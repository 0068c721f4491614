"""What runs after one wrote to the people it had sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from zdpipe.clock import Clock
from zdpipe.model.before import NUMBER
from zdpipe.pipeline.store import Store
from zdpipe.state.acknowledged import Acknowledged
from zdpipe.state.last_words import LastWord, LastWords, last_words
from zdpipe.state.runs import RunRow, rollbacks_since
from zdpipe.state.settled import settled_by
from zdpipe.state.taken_back import removals
from zdpipe.state.under_way import OnItsWay, UnderWay

PHONE = "phone"


class LaterRuns:
    """Asks the known users, and the outboxes of runs that are at work meanwhile; nobody waits for it."""

    def __init__(self, store: Store, run: RunRow, known: Path | None, clock: Clock) -> None:
        self._store = store
        self._run = run
        self._known = known
        self._clock = clock
        self._under_way = UnderWay(store.connection, run.account, run.run_id, store.folder.outbox)
        self._removed: dict[tuple[int, str, str], str] | None = None
        self._as_of: dict[tuple[str, int], datetime | None] = {}

    def words(self, objects: Sequence[Acknowledged], fields: Collection[str]) -> LastWords:
        """Return what is known of fields of the objects' people by now."""
        if self._known is None:
            return LastWords()
        people = {(each.item.key, each.zendesk_id) for each in objects}
        return last_words(self._known, people, fields, self._clock)

    def word(self, words: LastWords, sent: Acknowledged, field: str) -> LastWord | None:
        """Return the last word about a field, None where it is that of the object itself.

        What the known users have when they lack the object is older than it.
        """
        word = words.of((sent.item.key, sent.zendesk_id), field) if sent.is_merged else None
        return None if word is None or word.run_id == self._run.run_id else word

    def as_of(self, word: LastWord) -> datetime | None:
        """Return after which time its run wrote nothing of it, by Zendesk's clock."""
        place = (word.run_id, word.batch)
        if place not in self._as_of:
            self._as_of[place] = settled_by(self._store.connection, *place)
        return self._as_of[place]

    def remover(self, user_id: int, field: str, value: object) -> str | None:
        """Return the run that took an earlier one back, and an address or a number away with it."""
        if self._removed is None:
            later = rollbacks_since(self._store.connection, self._run)
            self._removed = {
                removed: run_id for run_id in later for removed in removals(self._store.folder.run(run_id))
            }
        return self._removed.get((user_id, NUMBER if field == PHONE else field, str(value)))

    def under_way(self, keys: Collection[str], fields: Collection[str]) -> list[OnItsWay]:
        """Return what runs at work sent, or are sending, of fields of people."""
        return list(self._under_way.values(keys, fields))
