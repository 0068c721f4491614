"""Before anything is sent the account is asked about fields that others may have changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

import polars as pl

from zdpipe.changes.answers import ANSWERS
from zdpipe.changes.questions import About, AskedPerson, Question, ToAsk
from zdpipe.changes.workspace import Workspace
from zdpipe.delivery.evidence import holds, is_empty, shown
from zdpipe.model.answer import Said
from zdpipe.model.known import KEPT
from zdpipe.model.policy import CLEARED
from zdpipe.model.tags import merge_tags
from zdpipe.pipeline.account import open_account
from zdpipe.pipeline.users import AT_ONCE, Sought, UserReader
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.wire import User

# People whom only an address can find take a request each: so many are looked up in one run.
MOST_SEARCHES = 1_000

# What was said, with its value and what is others', as in `ANSWERS`.
Answer = tuple[Said, str | None, str | None]


class Asking:
    """Reads the users in question, each once; `people` are how many, `requests` those it took.

    `answers` is what came of it, a table of `ANSWERS`.
    """

    def __init__(self, bench: Workbench, destination: Destination) -> None:
        self._bench = bench
        self._destination = destination
        self._searches_left = MOST_SEARCHES
        self.people = 0
        self.requests = 0
        self.answers = pl.DataFrame(schema=ANSWERS)

    def ask(self, workspace: Workspace) -> pl.DataFrame:
        """Ask the account, where there is anything to ask, and return the answers."""
        people = workspace.asked()
        first = next(people, None)
        if first is not None:
            with open_account(self._bench, self._destination) as client:
                try:
                    self.answers = pl.concat(self._asked(client, chain((first,), people)))
                finally:
                    self.requests = client.requests
        return self.answers

    def _asked(self, client: ZendeskClient, people: Iterable[AskedPerson]) -> Iterator[pl.DataFrame]:
        reader = UserReader(self._bench, client, self._destination)
        waiting = iter(people)
        while portion := list(islice(waiting, AT_ONCE)):
            self.people += len(portion)
            found = [
                answer for person, users in self._users(reader, portion) for answer in _answers(person, users)
            ]
            yield pl.DataFrame(found, schema=ANSWERS, orient="row")

    def _users(
        self, reader: UserReader, portion: Sequence[AskedPerson]
    ) -> Iterator[tuple[AskedPerson, User | Said | None]]:
        """Yield everybody with their user, None where there is none, LATER where nobody can tell yet."""
        for person, user in _found(reader, portion):
            if user is not None or person.email is None or not person.may_be_new:
                yield person, user
            elif self._searches_left:
                self._searches_left -= 1
                ((_, found),) = reader.read([Sought(person.key, email=person.email)])
                yield person, found if found is not None and _may_be(person, found) else None
            else:
                yield person, Said.LATER


def _found(reader: UserReader, portion: Sequence[AskedPerson]) -> Iterator[tuple[AskedPerson, User | None]]:
    """Yield everybody with the user whom an id finds: of heirs also the user of their address."""
    sought = [
        Sought(person.key, None if person.was else person.zendesk_id, person.external_id)
        for person in portion
    ]
    found = {person.key: user for person, user in reader.read(sought)}
    heirs = [person for person in portion if person.was and found[person.key] is None]
    alone = [Sought(person.was or "", person.zendesk_id) for person in heirs]
    for person, (_, user) in zip(heirs, list(reader.read(alone)), strict=True):
        if user is not None and _may_be(person, user):
            found[person.key] = user
    for person in portion:
        yield person, found[person.key]


def requests_for(to_ask: ToAsk) -> int:
    """Return how many requests it would take at most to ask about people, as far as that can be told."""
    hundreds = -(-to_ask.by_id // AT_ONCE) + -(-to_ask.by_external_id // AT_ONCE)
    return hundreds + min(to_ask.by_email, MOST_SEARCHES)


def _may_be(person: AskedPerson, user: User) -> bool:
    """Tell whether what is sent would reach a user who has the address, and is not known by another id."""
    return person.external_id is None or user.external_id is None or user.has_external_id(person.external_id)


def _answers(
    person: AskedPerson, user: User | Said | None
) -> Iterator[tuple[int, str, str, Said, str | None, str | None]]:
    for question in person.questions:
        match question.about:
            case About.CLEAR:
                answer = _cleared(person, question, user)
            case About.FILL:
                answer = _filled(question, user)
            case About.MERGE:
                answer = _merged(question, user)
        if answer is not None:
            yield person.row, person.key, question.field, *answer


def _cleared(person: AskedPerson, question: Question, user: User | Said | None) -> Answer | None:
    # What is sent goes by external_id or address, and may mean another user by now than who got ours.
    if not isinstance(user, User) or user.user_id != person.zendesk_id:
        return Said.CHANGED, None, None
    if holds(user, question.field, json.loads(question.known or CLEARED)):
        return None
    return Said.CHANGED, json.dumps(shown(user, question.field), ensure_ascii=False), None


def _filled(question: Question, user: User | Said | None) -> Answer | None:
    if user is None:
        return None
    if not isinstance(user, User):
        return Said.LATER, question.value, None
    if is_empty(user, question.field):
        return None
    same = holds(user, question.field, json.loads(question.value or CLEARED))
    return Said.SAME if same else Said.FILLED, question.value, KEPT


def _merged(question: Question, user: User | Said | None) -> Answer | None:
    if user is None:
        return None
    if not isinstance(user, User):
        return Said.LATER, question.value, None
    found = shown(user, question.field) or ()
    merged = merge_tags(found, _tags(question.value), _tags(question.known), _tags(question.others))
    # An empty list is taken for none at all; one with an empty text empties it (recorded).
    return Said.MERGED, _list(merged.tags or ("",)), _list(merged.others) if merged.others else None


def _tags(text: str | None) -> list[str]:
    return json.loads(text or CLEARED) or []


def _list(entries: Sequence[str]) -> str:
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
