"""What the account showed of users in doubt, kept so that a look-up that failed repeats no other."""

from __future__ import annotations

from collections.abc import Sequence

from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.wire import User


class MoreToRead(Exception):
    """Raised when the users of a batch take more look-ups than may be made at once."""


class Reading:
    """The users of one batch, as far as they were read."""

    def __init__(self) -> None:
        self._by_external_id: dict[str, User] | None = None
        self._by_email: dict[str, User | None] = {}

    def look_up(self, client: ZendeskClient, external_ids: Sequence[str]) -> None:
        """Read the users of these external_ids, a hundred a request, unless that was done."""
        if self._by_external_id is None:
            users = client.users_of(external_ids) if external_ids else []
            self._by_external_id = {folded(user.external_id): user for user in users if user.external_id}

    def of_external_id(self, external_id: str) -> User | None:
        """Return the user of an external_id that was looked up, None where there is none."""
        return (self._by_external_id or {}).get(folded(external_id))

    def knows(self, email: str) -> bool:
        """Tell whether an address was looked up."""
        return email in self._by_email

    def of_email(self, client: ZendeskClient, email: str) -> User | None:
        """Return the only user who has an address; costs a request the first time."""
        if email not in self._by_email:
            users = client.users_with(email)
            self._by_email[email] = users[0] if len(users) == 1 else None
        return self._by_email[email]


class Readings:
    """The readings of all batches in doubt, by batch; to be forgotten when one is settled or sent again."""

    def __init__(self) -> None:
        self._readings: dict[tuple[int, int], Reading] = {}

    def of(self, key: tuple[int, int]) -> Reading:
        """Return the reading of a batch, a new one at first."""
        return self._readings.setdefault(key, Reading())

    def forget(self, key: tuple[int, int]) -> None:
        """Let a reading go, because it may be no longer true."""
        self._readings.pop(key, None)


def folded(external_id: str) -> str:
    """Return an external_id as Zendesk compares it: case-blind (Users API, Create Or Update User)."""
    return external_id.strip().lower()
