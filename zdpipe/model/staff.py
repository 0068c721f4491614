"""The account's own people, whom no query of customers may write to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Staff:
    """Agents and admins: their external_ids as Zendesk spells them, and all their addresses, lower-cased."""

    external_ids: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
