"""The users of many people, found with as few requests as the account allows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

import polars as pl

from zdpipe.changes.matching import USER_COLUMNS, Matching
from zdpipe.delivery.evidence import is_shown, shown
from zdpipe.pipeline.account import asked
from zdpipe.pipeline.users import AT_ONCE
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.records.emails import normalized_email
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.wire import User

Answer = TypeVar("Answer")
Portion = TypeVar("Portion")

# So many users are taken at once, each time for a statement or two.
_TAKEN_AT_ONCE = 5_000


class Finder:
    """Finds the users of the people in a `Matching`, and tells what the account shows of `fields`.

    `listed` tells whether all end users were read.

    A hundred users take a request by id, by external_id, and in the list of all end users; an address takes
    one alone. So the list is read where the account has fewer pages than there are addresses to look for.
    """

    def __init__(
        self,
        bench: Workbench,
        client: ZendeskClient,
        destination: Destination,
        matching: Matching,
        fields: Sequence[str],
    ) -> None:
        self._bench = bench
        self._client = client
        self._destination = destination
        self._matching = matching
        self._fields = fields
        self._waiting: list[User] = []
        self.listed = False

    def find(self) -> None:
        """Take every user who may be somebody's, and decide who is whose."""
        self._ask_for(self._matching.ids(AT_ONCE), self._client.users)
        if not self._listed_if_cheaper(*self._matching.left()):
            self._ask_for(self._matching.external_ids(AT_ONCE), self._client.users_of)
            if not self._listed_if_cheaper(0, self._matching.addresses_left()):
                alone = (email for emails in self._matching.addresses(AT_ONCE) for email in emails)
                self._ask_for(alone, self._client.users_with)
        self._matching.decide()

    def _listed_if_cheaper(self, external_ids: int, addresses: int) -> bool:
        """Read all end users where that takes fewer requests than looking for some one by one."""
        lookups = -(-external_ids // AT_ONCE) + addresses
        if lookups <= 1:
            return False
        count = self._ask(self._client.count_end_users)
        if count is None or -(-count // AT_ONCE) + 1 >= lookups:
            return False
        self._list_all()
        self.listed = True
        return True

    def _list_all(self) -> None:
        self._bench.progress.stage("reading the users of the account")
        after: str | None = None
        while True:
            users, after = self._ask(partial(self._client.end_users, after))
            self._take(users, self._matching.take_listed)
            if after is None:
                break
        self._flush(self._matching.take_listed)

    def _ask_for(self, portions: Iterable[Portion], question: Callable[[Portion], list[User]]) -> None:
        for portion in portions:
            self._take(self._ask(partial(question, portion)), self._matching.take)
        self._flush(self._matching.take)

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        return asked(self._bench, self._destination, question)

    def _take(self, users: Sequence[User], take: Callable[[pl.DataFrame], None]) -> None:
        self._waiting += users
        if len(self._waiting) >= _TAKEN_AT_ONCE:
            self._flush(take)

    def _flush(self, take: Callable[[pl.DataFrame], None]) -> None:
        if self._waiting:
            rows = [self._row(user) for user in self._waiting if user.properties.get("active") is not False]
            take(pl.DataFrame(rows, schema=USER_COLUMNS, orient="row"))
            self._waiting = []

    def _row(self, user: User) -> tuple[object, ...]:
        emails = user.emails | {email for email in map(normalized_email, user.emails) if email}
        values = {field: shown(user, field) for field in self._fields if is_shown(user, field)}
        return (
            user.user_id,
            (user.external_id or "").strip().lower() or None,
            str(user.properties.get("email") or "").lower() or None,
            str(user.properties.get("role") or "end-user"),
            sorted(emails),
            sorted(user.phones),
            json.dumps(values, ensure_ascii=False),
        )
