"""Before a field of ours is emptied the account is asked: what somebody else wrote there since stays."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import polars as pl

from zdpipe.changes.clearing import Clear
from zdpipe.changes.workspace import Workspace
from zdpipe.delivery.evidence import holds, shown
from zdpipe.pipeline.account import open_account, patiently
from zdpipe.pipeline.refused import explain
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.failures import RequestFailure
from zdpipe.zendesk.wire import User

# Zendesk Users API, Show Many Users.
_AT_ONCE = 100
_SCHEMA = {"row": pl.Int64, "key": pl.String, "column": pl.String, "value": pl.String}

Kept = tuple[int, str, str, str | None]


class Clearing:
    """Reads the users of whom a field is to be emptied; `requests` are those it took.

    `kept` are the fields not to be emptied after all: row, key, column, and the JSON text found there.
    """

    def __init__(self, bench: Workbench, destination: Destination) -> None:
        self._bench = bench
        self._destination = destination
        self.requests = 0
        self.kept = pl.DataFrame(schema=_SCHEMA)

    def values_to_keep(self, workspace: Workspace) -> pl.DataFrame:
        """Ask the account, where there is anything to empty, and return what to keep."""
        portions = workspace.own_clears(_AT_ONCE)
        first = next(portions, None)
        if first is not None:
            with open_account(self._bench, self._destination) as client:
                kept = [entry for part in chain((first,), portions) for entry in self._kept(client, part)]
            self.kept = pl.DataFrame(kept, schema=_SCHEMA, orient="row")
        return self.kept

    def _kept(self, client: ZendeskClient, portion: Sequence[Clear]) -> list[Kept]:
        users: dict[int | None, User] = {user.user_id: user for user in self._read(client, portion)}
        return list(_changed_by_others(portion, users))

    def _read(self, client: ZendeskClient, portion: Sequence[Clear]) -> list[User]:
        ids = sorted({clear.zendesk_id for clear in portion if clear.zendesk_id is not None})
        if not ids:
            return []
        try:
            return patiently(self._bench, lambda: client.users(ids))
        except RequestFailure as failure:
            raise explain(failure, self._destination) from failure
        finally:
            self.requests = client.requests


def _is(user: User, key: str) -> bool:
    """Tell whether an identity key is that of a user."""
    return (user.external_id or "").lower() == key or user.has_email(key)


def _changed_by_others(portion: Sequence[Clear], users: Mapping[int | None, User]) -> Iterator[Kept]:
    for clear in portion:
        user = users.get(clear.zendesk_id)
        # What is sent goes by external_id or address, and may mean another user by now.
        if user is None or not _is(user, clear.key):
            yield clear.row, clear.key, clear.field, None
        elif not holds(user, clear.field, json.loads(clear.value)):
            value = json.dumps(shown(user, clear.field), ensure_ascii=False)
            yield clear.row, clear.key, clear.field, value
