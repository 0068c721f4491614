"""What the source and the accounts offer, as kept in schema.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SourceSchema:
    """Tables of the source by their name as written there: column name → SQL type, in table order."""

    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UserField:
    """A custom user field of an account (Zendesk User Fields API).

    `options` maps the values that a dropdown or multiselect takes to the labels people see.
    """

    key: str
    type: str
    title: str
    active: bool = True
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountSchema:
    """The custom user fields of an account by key, as they were at a time (UTC)."""

    account: str
    read_at: datetime
    fields: Mapping[str, UserField]
