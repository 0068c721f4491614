"""How people are found in an account, and why somebody's user cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Found(StrEnum):
    """What led to a person's user."""

    ZENDESK_ID = "zendesk_id"
    EXTERNAL_ID = "external_id"
    EMAIL = "email"


class Unclear(StrEnum):
    """Why nobody can tell which user is a person's, although there are some."""

    SEVERAL_USERS = "several_users"  # their addresses lead to different users
    SEVERAL_CUSTOMERS = "several_customers"  # the user is somebody else's, or might be
    OTHER_EXTERNAL_ID = "other_external_id"  # the user who has the address bears another external_id
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class PeopleFiles:
    """Where people are whose users are looked for.

    `people` is a folder of Parquet files, as `Parted` writes them part by part, with at least `key`, once for
    each, `external_id` and `zendesk_id`. The file `addresses` has `key` and `email`, each pair once.
    """

    people: Path
    addresses: Path

    @classmethod
    def in_folder(cls, folder: Path) -> PeopleFiles:
        """Name those in a folder."""
        return cls(folder / "people", folder / "addresses.parquet")
