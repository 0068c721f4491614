"""What a run sent against what the account shows: every difference with its cause."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from zdpipe.delivery.evidence import is_shown, sent_fields, shown, stands
from zdpipe.model.fields import TAGS
from zdpipe.model.verification import Cause, Difference, Tally
from zdpipe.pipeline.absent import Absent
from zdpipe.pipeline.later import LaterRuns
from zdpipe.pipeline.users import AT_ONCE, Sought, UserReader
from zdpipe.state.acknowledged import Acknowledged
from zdpipe.state.last_words import LastWord, LastWords
from zdpipe.state.under_way import OnItsWay
from zdpipe.zendesk.wire import User

# Whatever is asked of the known users, and of a run at work, reads the keys of them all.
_OBJECTS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class _Compared:
    """A field of a user beside the value that should be there, which a later run may have had the word on."""

    sent: Acknowledged
    user: User
    field: str
    value: Any
    word: LastWord | None


class Judge:
    """Reads users back, a hundred at once, and compares; `tally` counts.

    Without `later` runs to ask about, nothing but the run itself counts as ours. `watch` is told how many
    objects were read back, each time before more of them are.
    """

    def __init__(
        self,
        reader: UserReader,
        later: LaterRuns | None = None,
        watch: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._reader = reader
        self._later = later
        self._watch = watch
        self._absent = Absent(reader)
        self.tally = Tally()

    def differences(self, objects: Iterable[Acknowledged]) -> Iterator[Difference]:
        """Yield what is not there as it was sent, portion by portion."""
        waiting, read = iter(objects), 0
        while many := list(islice(waiting, _OBJECTS_AT_ONCE)):
            for difference in self._of_many(many, read):
                self.tally.take(difference)
                yield difference
            read += len(many)

    def _of_many(self, many: Sequence[Acknowledged], read: int) -> Iterator[Difference]:
        words = self._words(many)
        doubts: list[_Compared] = []
        for first in range(0, len(many), AT_ONCE):
            self._watch(read + first)
            yield from self._of(many[first : first + AT_ONCE], words, doubts)
        yield from self._explain(doubts)

    def _words(self, objects: Sequence[Acknowledged]) -> LastWords:
        """Ask before users are read: what becomes known after it was under way, and is asked about then."""
        if self._later is None:
            return LastWords()
        return self._later.words(objects, {field for each in objects for field in sent_fields(each.item)})

    def _of(
        self, portion: Sequence[Acknowledged], words: LastWords, doubts: list[_Compared]
    ) -> Iterator[Difference]:
        found = {person.key: user for person, user in self._reader.read(_sought(portion, words))}
        for each in portion:
            user = found[each.item.key]
            if user is not None and user.user_id in {each.zendesk_id, _last_id(each, words)}:
                yield from self._compare(each, user, words, doubts)
            elif gone := self._absent.told(each, user):
                yield gone

    def _compare(
        self, sent: Acknowledged, user: User, words: LastWords, doubts: list[_Compared]
    ) -> Iterator[Difference]:
        for field, own in _comparable(sent, user).items():
            self.tally.values += 1
            word = self._later.word(words, sent, field) if self._later else None
            compared = _Compared(sent, user, field, own if word is None else json.loads(word.value), word)
            if not stands(user, field, compared.value) and not _is_emptied_of_ours(compared):
                doubts.append(compared)
            elif word is None or stands(user, field, own):
                self.tally.same += 1
            else:
                yield _difference(compared, Cause.LATER, word.run_id)

    def _explain(self, doubts: Sequence[_Compared]) -> Iterator[Difference]:
        """Tell what runs at work did from what others did and from what never arrived."""
        keys, fields = {doubt.sent.item.key for doubt in doubts}, {doubt.field for doubt in doubts}
        under_way = _by_field(self._later.under_way(keys, fields) if self._later and doubts else ())
        for doubt in doubts:
            sent = under_way.get((doubt.sent.item.key, doubt.field), ())
            by = next(
                (each for each in sent if stands(doubt.user, doubt.field, json.loads(each.value))), None
            )
            if by is not None:
                now = replace(doubt, value=json.loads(by.value))
                yield _difference(now, Cause.LATER, by.run_id)
            elif self._later and (
                remover := self._later.remover(doubt.user.user_id, doubt.field, doubt.value)
            ):
                yield _difference(doubt, Cause.LATER, remover)
            else:
                yield _difference(doubt, self._cause(doubt), doubt.word.run_id if doubt.word else None)

    def _cause(self, doubt: _Compared) -> Cause:
        """Return who is to blame for a field: nobody but us where nobody wrote the user since."""
        if not is_shown(doubt.user, doubt.field):
            return Cause.MISSED
        as_of = doubt.sent.as_of
        if doubt.word is not None and self._later is not None:
            as_of = self._later.as_of(doubt.word)
        changed_at = doubt.user.changed_at
        nobody_since = as_of is not None and changed_at is not None and changed_at <= as_of
        return Cause.MISSED if nobody_since else Cause.DRIFT


def _sought(portion: Sequence[Acknowledged], words: LastWords) -> list[Sought]:
    """Return each person once: by the user they were last, else by external_id."""
    people = {each.item.key: each for each in portion}
    return [
        Sought(key, _last_id(each, words), each.item.external_id, whoever=True)
        for key, each in people.items()
    ]


def _last_id(sent: Acknowledged, words: LastWords) -> int | None:
    """Return the user somebody was last; known users that lack the object may have one who is no more."""
    return words.ids.get(sent.item.key, sent.zendesk_id) if sent.is_merged else sent.zendesk_id


def _comparable(sent: Acknowledged, user: User) -> dict[str, Any]:
    """Return the fields that can be compared: `verified` tells of the first address alone."""
    fields = sent_fields(sent.item)
    if fields.get("email") != user.properties.get("email"):
        fields.pop("verified", None)
    return fields


def _is_emptied_of_ours(compared: _Compared) -> bool:
    """Tell whether a later run took our tags out of a list, in which those of others stay.

    Which of them were ours is told by that run alone.
    """
    return compared.field == TAGS and compared.word is not None and compared.value is None


def _by_field(under_way: Iterable[OnItsWay]) -> Mapping[tuple[str, str], list[OnItsWay]]:
    fields: dict[tuple[str, str], list[OnItsWay]] = defaultdict(list)
    for each in under_way:
        fields[each.key, each.name].append(each)
    return fields


def _difference(compared: _Compared, cause: Cause, by_run: str | None) -> Difference:
    return Difference(
        key=compared.sent.item.key,
        cause=cause,
        zendesk_id=compared.user.user_id,
        field=compared.field,
        sent=compared.value,
        shown=_all_shown(compared.user, compared.field),
        by_run=by_run,
    )


def _all_shown(user: User, field: str) -> Any:
    """Return what the account shows of a field: of addresses and numbers all."""
    match field:
        case "email":
            return sorted(user.emails)
        case "phone":
            return sorted(user.phones)
    return shown(user, field)
