"""Before a field of ours is emptied the account is asked: what somebody else wrote there since stays."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import polars as pl

from zdpipe.changes.clearing import Clear
from zdpipe.changes.workspace import Workspace
from zdpipe.delivery.evidence import holds, shown
from zdpipe.pipeline.account import open_account
from zdpipe.pipeline.users import AT_ONCE, Sought, UserReader
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.zendesk.client import ZendeskClient

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
        portions = workspace.own_clears(AT_ONCE)
        first = next(portions, None)
        if first is not None:
            with open_account(self._bench, self._destination) as client:
                try:
                    kept = self._ask(client, chain((first,), portions))
                finally:
                    self.requests = client.requests
            self.kept = pl.DataFrame(kept, schema=_SCHEMA, orient="row")
        return self.kept

    def _ask(self, client: ZendeskClient, portions: Iterable[Sequence[Clear]]) -> list[Kept]:
        reader = UserReader(self._bench, client, self._destination)
        return [entry for portion in portions for entry in _changed_by_others(portion, reader)]


def _changed_by_others(portion: Sequence[Clear], reader: UserReader) -> Iterator[Kept]:
    # What is sent goes by external_id or address, and may mean another user by now than the id.
    people = {clear.key: Sought(clear.key, zendesk_id=clear.zendesk_id) for clear in portion}
    users = {person.key: user for person, user in reader.read(people.values())}
    for clear in portion:
        user = users[clear.key]
        if user is None:
            yield clear.row, clear.key, clear.field, None
        elif not holds(user, clear.field, json.loads(clear.value)):
            value = json.dumps(shown(user, clear.field), ensure_ascii=False)
            yield clear.row, clear.key, clear.field, value
