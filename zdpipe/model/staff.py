"""The account's own people, whom no query of customers may write to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """An agent or admin: the external_id as Zendesk spells it, and all addresses, lower-cased."""

    external_id: str | None
    emails: frozenset[str] = frozenset()

    def is_named(self, texts: Collection[str]) -> bool:
        """Tell whether one of the texts is the external_id, in lower case, or an address."""
        return (self.external_id or "").lower() in texts or not self.emails.isdisjoint(texts)


@dataclass(frozen=True, slots=True)
class Staff:
    """All agents and admins of an account."""

    members: tuple[Member, ...] = ()

    @property
    def external_ids(self) -> frozenset[str]:
        """Every external_id, as Zendesk spells it."""
        return frozenset(member.external_id for member in self.members if member.external_id)

    @property
    def emails(self) -> frozenset[str]:
        """Every address, lower-cased."""
        return frozenset(email for member in self.members for email in member.emails)
