"""The account's users, read for many people at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from zdpipe.pipeline.account import asked
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.wire import User

# Zendesk Users API, Show Many Users and List Users.
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Sought:
    """A person whose user is looked for by what is given: first by id, then by external_id, then by email.

    `key` is the identity key. A user found by id who has it neither as external_id nor as an address is
    somebody else by now, unless the id alone is enough to be `whoever` they are called today.
    """

    key: str
    zendesk_id: int | None = None
    external_id: str | None = None
    email: str | None = None
    whoever: bool = False


class UserReader:
    """Reads users with all their identities; an account that is down is waited for.

    A hundred people take a request or two where ids or external_ids find them; everybody whom only an
    address finds takes one more. Failures are raised as `explain` words them.
    """

    def __init__(self, bench: Workbench, client: ZendeskClient, destination: Destination) -> None:
        self._bench = bench
        self._client = client
        self._destination = destination

    def read(self, people: Iterable[Sought]) -> Iterator[tuple[Sought, User | None]]:
        """Yield everybody in the order given with their user, None where the account has none."""
        waiting = iter(people)
        while portion := list(islice(waiting, AT_ONCE)):
            found = self._by_id(portion)
            found |= self._by_external_id([person for person in portion if person.key not in found])
            found |= self._by_email([person for person in portion if person.key not in found])
            for person in portion:
                yield person, found.get(person.key)

    def _by_id(self, people: Sequence[Sought]) -> dict[str, User]:
        ids = sorted({person.zendesk_id for person in people if person.zendesk_id is not None})
        users = {user.user_id: user for user in self._ask(lambda: self._client.users(ids))} if ids else {}
        pairs = ((person, users.get(person.zendesk_id or 0)) for person in people)
        return {
            person.key: user
            for person, user in pairs
            if user is not None and (person.whoever or user.has_key(person.key))
        }

    def _by_external_id(self, people: Sequence[Sought]) -> dict[str, User]:
        ids = sorted({person.external_id for person in people if person.external_id})
        users = self._ask(lambda: self._client.users_of(ids)) if ids else []
        return {
            person.key: user
            for person in people
            for user in users
            if person.external_id and user.has_external_id(person.external_id)
        }

    def _by_email(self, people: Sequence[Sought]) -> dict[str, User]:
        found = {}
        for person in people:
            if person.email:
                users = self._users_with(person.email)
                if len(users) == 1:  # of two nobody knows which
                    found[person.key] = users[0]
        return found

    def _users_with(self, email: str) -> list[User]:
        return self._ask(lambda: self._client.users_with(email))

    def _ask(self, question: Callable[[], list[User]]) -> list[User]:
        found = asked(self._bench, self._destination, question)
        # Whoever was deleted is false here (Users API, active).
        return [user for user in found if user.properties.get("active") is not False]
