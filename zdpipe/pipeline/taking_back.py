"""What taking a run back would do, found out from what was read before and what the account holds now."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import polars as pl

from zdpipe.changes.matching import Matching
from zdpipe.model.batch import Batch, batch_size
from zdpipe.model.before import ADDRESS, IDENTITY, NUMBER, Source
from zdpipe.model.fields import TAGS
from zdpipe.model.known import THEIRS
from zdpipe.model.match import PeopleFiles
from zdpipe.model.rollback import LeftAlone, NotRestorable, RollbackPlan
from zdpipe.pipeline.account import open_account
from zdpipe.pipeline.finding import Finder
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.undoing import SUSPENDED, Undone, own_tags, payload, undo
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.acknowledged import objects_of
from zdpipe.state.before import BEFORE_SCHEMA, write_before
from zdpipe.state.known_users import attachable
from zdpipe.state.rowfile import RowFile
from zdpipe.state.runs import RunRow
from zdpipe.state.taken_back import LEFT, LEFT_SCHEMA, REMOVALS, REMOVALS_SCHEMA, STRUCK, UndoingOutbox
from zdpipe.state.undoing import Written, merges_tags, write_undoing, written_fields

_PEOPLE_AT_ONCE = 2_048
_EXAMPLES = 20


class TakingBack:
    """Writes the files of a run that takes `run` back to `made`, and counts what is in them."""

    def __init__(
        self, bench: Workbench, store: Store, run: RunRow, destination: Destination, folder: Path
    ) -> None:
        self._bench = bench
        self._store = store
        self._run = run
        self._destination = destination
        self._folder = folder
        self._fields: Counter[str] = Counter()
        self._left: Counter[NotRestorable] = Counter()
        self._examples: list[LeftAlone] = []
        self._suspended = 0
        self._merges_tags = merges_tags(store.folder.outbox(run.run_id))
        self.made = folder / "made"
        self.batches: list[Batch] = []

    def plan(self, *, suspend_created: bool) -> RollbackPlan:
        """Read the users and decide; nothing is sent."""
        self.made.mkdir(mode=0o700)
        people = PeopleFiles.in_folder(self._folder)
        fields = self._write_people(people)
        sent = sorted({*fields, SUSPENDED})
        resources = self._bench.project.limits.resources(self._folder)
        self._bench.progress.stage("reading what the account holds now")
        with ExitStack() as stack:
            matching = stack.enter_context(Matching(self._folder / "matching.duckdb", people, resources))
            client = stack.enter_context(open_account(self._bench, self._destination))
            Finder(self._bench, client, self._destination, matching, sent).find()
            size = batch_size(self._destination.users_per_second)
            outbox = stack.enter_context(UndoingOutbox(self.made, sent, size, merges_tags=self._merges_tags))
            removals = stack.enter_context(RowFile(self.made / REMOVALS))
            left = stack.enter_context(RowFile(self.made / f"{LEFT}.parquet", self.made / f"{LEFT}.csv"))
            kept = self._decide(matching, outbox, removals, left, suspend_created=suspend_created)
            write_before(self.made / self._store.folder.before("", 0).name, kept)
            self._leave_removed(left)
            self.batches = outbox.batches()
            return RollbackPlan(
                run_id=self._run.run_id,
                query=self._run.query,
                destination=self._destination.name,
                people=outbox.users,
                fields=dict(sorted(self._fields.items())),
                identities=removals.rows,
                suspended=self._suspended,
                left=dict(sorted(self._left.items())),
                examples=tuple(self._examples),
                requests=client.requests,
            )

    def _write_people(self, files: PeopleFiles) -> list[str]:
        store, run = self._store, self._run
        outbox = store.folder.outbox(run.run_id)
        write_undoing(
            files,
            Written(
                run.run_id,
                outbox,
                objects_of(store.connection, run.run_id),
                store.folder.befores(run.run_id),
            ),
            attachable(store.folder.known_users(run.account), self._bench.clock),
            self._bench.project.limits.resources(self._folder),
            self._bench.clock,
        )
        return written_fields(outbox)

    def _decide(
        self,
        matching: Matching,
        outbox: UndoingOutbox,
        removals: RowFile,
        left: RowFile,
        *,
        suspend_created: bool,
    ) -> Iterator[pl.DataFrame]:
        """Fill the files; yield what those hold who are written, so that this can be taken back, too."""
        for matches in matching.matches(_PEOPLE_AT_ONCE):
            done = [
                (match, undo(match, suspend_created=suspend_created, merges_tags=self._merges_tags))
                for match in matches.iter_rows(named=True)
            ]
            self._append(left, (entry for _, undone in done for entry in undone.left))
            removals.append(_removals(undone for _, undone in done))
            writing = [(match, undone) for match, undone in done if undone.values]
            outbox.append([_user(match, undone) for match, undone in writing])
            for match, undone in writing:
                self._count(match, undone)
            yield _held(writing, merges_tags=self._merges_tags)
        for keys in matching.strangers(_PEOPLE_AT_ONCE):
            self._append(left, (LeftAlone(key, None, NotRestorable.USER_GONE) for key in keys))
        for keys in matching.undecided(_PEOPLE_AT_ONCE):
            self._append(left, (LeftAlone(key, None, NotRestorable.USER_UNCLEAR) for key in keys))

    def _count(self, match: Mapping[str, Any], undone: Undone) -> None:
        if match["was_created"]:
            self._suspended += 1
        else:
            self._fields.update(undone.values.keys())

    def _leave_removed(self, left: RowFile) -> None:
        """Say of whatever the run removed, taking another one back, that it stays removed."""
        struck = self._store.folder.run(self._run.run_id) / STRUCK
        if struck.exists():
            rows = pl.read_parquet(struck, glob=False).drop_nulls("value").select("key", "column").iter_rows()
            gone = (LeftAlone(key, column, NotRestorable.IDENTITY_REMOVED) for key, column in rows)
            self._append(left, gone)

    def _append(self, file: RowFile, entries: Iterable[LeftAlone]) -> None:
        told = list(entries)
        self._left.update(entry.reason for entry in told)
        self._examples += told[: _EXAMPLES - len(self._examples)]
        rows = [(entry.key, entry.column, entry.reason.value) for entry in told]
        file.append(pl.DataFrame(rows, schema=LEFT_SCHEMA, orient="row"))


def _user(match: Mapping[str, Any], undone: Undone) -> dict[str, Any]:
    return {
        "key": undone.key,
        "external_id": undone.external_id,
        "email": undone.email,
        "payload": payload(undone, json.loads(match["written"])),
        THEIRS: undone.theirs,
        "values": undone.values,
    }


def _removals(people: Iterable[Undone]) -> pl.DataFrame:
    rows = [
        (undone.key, undone.zendesk_id, kind, value) for undone in people for kind, value in undone.removals
    ]
    return pl.DataFrame(rows, schema=REMOVALS_SCHEMA, orient="row")


def _held(writing: Iterable[tuple[Mapping[str, Any], Undone]], *, merges_tags: bool) -> pl.DataFrame:
    """Return what people hold before they are written: the values that the run left there were its own."""
    rows: list[tuple[str, int, str, str | None, str, bool]] = []
    for match, undone in writing:
        written = json.loads(match["written"])
        if merges_tags and TAGS in written:
            written[TAGS] = own_tags(written[TAGS], match["tags_of_others"])
        told = [(IDENTITY, match["external_key"])]
        told += [(ADDRESS, email) for email in match["user_emails"]]
        told += [(NUMBER, number) for number in match["phones"]]
        texts = [(column, None if value is None else json.dumps(value), False) for column, value in told]
        texts += [(name, written.get(name, "false"), name in written) for name in undone.values]
        rows += [
            (undone.key, undone.zendesk_id, *entry[:2], Source.ROLLBACK.value, entry[2]) for entry in texts
        ]
    return pl.DataFrame(rows, schema=BEFORE_SCHEMA, orient="row")
