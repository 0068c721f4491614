"""The known users: tables of one DuckDB file per account, and one user read back from them.

`users` is wide: a value and a send column for each field that was ever acknowledged, added when the field
first appears. There is no PRIMARY KEY, because DuckDB keeps its index in memory; whoever writes keeps keys
unique.

The number of a send is negative where the account holds the value and zdpipe never sent it: such a value
counts in comparisons and is never ours to empty.

`created_id` is the user that a run of ours created for the person, which is theirs while it equals
`zendesk_id`. `queries` has whom a query sent, or found just as they were sent, until they are gone and taken
care of. `marks` are what was done to somebody who was gone, to be taken back when they return: `tag`, with
the tag as `detail`, and `suspended`. `traces` counts people whose rows were deleted, and whose bytes are
still in the file until it is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

# 2 is 1 with negative numbers of sends, which a zdpipe that knows 1 alone would take for its own.
FORMAT_VERSION = 3

TABLES: Mapping[str, str] = {
    "meta": "format_version INTEGER",
    "users": "key VARCHAR, external_id VARCHAR, zendesk_id BIGINT, primary_email VARCHAR, created_id BIGINT",
    "emails": "email VARCHAR, key VARCHAR, send INTEGER",
    "sends": "send INTEGER, run_id VARCHAR, batch INTEGER, query VARCHAR, acknowledged_at TIMESTAMPTZ",
    "queries": "query VARCHAR, key VARCHAR",
    "marks": "key VARCHAR, mark VARCHAR, detail VARCHAR, query VARCHAR",
    "traces": "people BIGINT",
}

# What brings a file from each format to the next. Whoever only reads one does without what it lacks.
UPGRADES: Mapping[int, tuple[str, ...]] = {
    1: (),
    2: (
        "ALTER TABLE users ADD COLUMN created_id BIGINT",
        "CREATE TABLE marks (key VARCHAR, mark VARCHAR, detail VARCHAR, query VARCHAR)",
        "CREATE TABLE traces (people BIGINT)",
    ),
}
TAG_MARK = "tag"
SUSPENDED_MARK = "suspended"

# Those with rows of people.
KEYED_TABLES = ("users", "emails", "queries", "marks")

VALUE_PREFIX = "value:"
SEND_PREFIX = "send:"
KEPT_PREFIX = "kept:"
# What `kept:` says of a field that is filled only where it is empty, and was not.
KEPT = "true"
# The column of an outbox that names the fields which were not ours, and are not ours once they are back.
THEIRS = "theirs"
_KNOWN_PREFIX = "known:"
_OWN_PREFIX = "own:"


def value_column(name: str) -> str:
    """Name the column of a field's last acknowledged value, a JSON text.

    DuckDB takes two names that differ only in case for one, Zendesk's field keys are case-sensitive; hence
    the mark before capitals.
    """
    return VALUE_PREFIX + _mark_capitals(name)


def send_column(name: str) -> str:
    """Name the column that tells which send a field's value was acknowledged with."""
    return SEND_PREFIX + _mark_capitals(name)


def kept_column(name: str) -> str:
    """Name the column that tells what of a field is others' and stays, a JSON text; null where nothing is."""
    return KEPT_PREFIX + _mark_capitals(name)


def known_column(name: str) -> str:
    """Name the column of a file that has a field's known value beside another one."""
    return _KNOWN_PREFIX + _mark_capitals(name)


def own_column(name: str) -> str:
    """Name the column of a file that tells whether zdpipe sent a field's known value."""
    return _OWN_PREFIX + _mark_capitals(name)


def field_of(value_column_name: str) -> str:
    """Return the field whose value a column holds, or what of it is others'."""
    return value_column_name.removeprefix(VALUE_PREFIX).removeprefix(KEPT_PREFIX).replace("^", "")


def quoted(name: str) -> str:
    """Return a name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return a text as a SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def _mark_capitals(name: str) -> str:
    return re.sub(r"([A-Z])", r"^\1", name)


@dataclass(frozen=True, slots=True)
class KnownValue:
    """A field's last acknowledged value as JSON text, and what acknowledged it, or where it was read.

    `is_ours` tells whether zdpipe sent it.
    """

    value: str
    run_id: str
    query: str
    acknowledged_at: datetime
    is_ours: bool = True


@dataclass(frozen=True)
class KnownUser:
    """What Zendesk last acknowledged of one person; fields that were `filled` by others are left to them."""

    key: str
    external_id: str | None
    zendesk_id: int | None
    primary_email: str | None
    emails: tuple[str, ...]
    queries: tuple[str, ...]
    values: Mapping[str, KnownValue] = field(default_factory=dict)
    filled: frozenset[str] = frozenset()
