"""Who is meant by a key, and everything they are known by in the project's state."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import polars as pl

from zdpipe.errors import UsageProblem
from zdpipe.model.fields import NEVER_SENT
from zdpipe.model.forgotten import Person, placeholder
from zdpipe.model.sources import SOURCE_PREFIX
from zdpipe.pipeline.staging import REJECTS
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.records.emails import normalized_email
from zdpipe.state.folder import OUTBOX
from zdpipe.state.forgetting import ids_at, results_told
from zdpipe.state.known_people import facts_of, files_of, find_by_id, find_known
from zdpipe.state.leftovers import run_folders
from zdpipe.state.retention import accounts_of
from zdpipe.state.run_files import find_left_out, find_places, find_sent, parquet_files, places_of, rows_of
from zdpipe.state.runs import load_run
from zdpipe.state.staff import names_staff, staff_files

Found = set[tuple[str | None, bool]]


class AmbiguousKey(UsageProblem):
    """Raised where a key means several customers; `candidates` are their identity keys."""

    code = "ambiguous"

    def __init__(self, candidates: Iterable[str]) -> None:
        self.candidates = tuple(sorted(candidates))
        super().__init__(
            f"{len(self.candidates)} customers have this key in common.",
            "Name one of them by external_id; `zdpipe runs rejects --show-pii` and Zendesk show them.",
        )

    def naming(self, shown: Sequence[str]) -> UsageProblem:
        """Return the same with the candidates' names, as they may be shown."""
        return UsageProblem(
            f"{self.message.removesuffix('.')}: {', '.join(shown)}.",
            "Name one of them by external_id; with --show-pii they are named in full.",
            code=self.code,
        )


def find_person(bench: Workbench, store: Store, key: str, folders: Sequence[Path] | None = None) -> Person:
    """Return the person that an external_id, an address or a Zendesk id leads to; one `is_known` by nothing
    where there is nobody.

    An identity counts before an address, an address before what rejected rows say, a Zendesk id last. Only
    the `folders` of runs are looked into, by default all. Raises AmbiguousKey where several customers with an
    external_id are meant.
    """
    if folders is None:
        folders = run_folders(store.folder)
    texts = _spellings(key)
    ways: tuple[Callable[[], Found], ...] = (
        lambda: _sent(bench, store, folders, texts),
        lambda: _left_out(store, folders, texts),
        lambda: _by_id(bench, store, folders, key.strip()),
    )
    found = next((there for way in ways if (there := way())), set())
    nobody = Person(placeholder(secrets.token_hex(4)))
    if not found:
        return nobody
    chosen = _one_person(found, texts)
    # An address may be somebody's external_id, and then it is no address of theirs.
    emails = {text for text in texts if "@" in text} - {key for key, named in found if named}
    ids = texts - emails if None in chosen else ()
    return gather(bench, store, nobody.also(keys=chosen, ids=ids, emails=emails), folders)


def gather(bench: Workbench, store: Store, person: Person, folders: Sequence[Path] | None = None) -> Person:
    """Return the person with everything that what is known leads to.

    Whoever had an address alone may have got an external_id since; both are the same person.
    """
    if folders is None:
        folders = run_folders(store.folder)
    while True:
        fuller = _with_rejected(folders, _with_sent(store, folders, _with_known(bench, store, person)))
        alone = {key for key, named in _sent(bench, store, folders, fuller.emails) if not named}
        fuller = fuller.also(keys=alone)
        if fuller == person:
            return person
        person = fuller


def _spellings(key: str) -> frozenset[str]:
    """Return how a key may be written down: identity keys are lower-cased as Polars does it."""
    text = pl.Series([key.strip()]).str.to_lowercase()[0]
    email = normalized_email(text) if "@" in text else None
    return frozenset({text, *([email] if email else [])})


def _one_person(found: Found, texts: frozenset[str]) -> set[str | None]:
    named = {key for key, has_id in found if has_id}
    meant = named & texts or named
    if len(meant) > 1:
        raise AmbiguousKey(key for key in meant if key is not None)
    return meant | {key for key, has_id in found if not has_id}


def _sent(bench: Workbench, store: Store, folders: Sequence[Path], texts: frozenset[str]) -> Found:
    found: Found = set()
    if texts:
        for known in files_of(store.folder.root / "known"):
            found |= find_known(known, texts, bench.clock)
        for outbox in _outboxes(folders):
            found |= find_sent(outbox, texts)
    return found


def _left_out(store: Store, folders: Sequence[Path], texts: frozenset[str]) -> Found:
    found: Found = set()
    for folder in folders:
        for path in parquet_files(folder):
            if path != store.folder.outbox(folder.name):
                found |= find_left_out(path, texts)
    if any(names_staff(path, texts) for path in staff_files(store.folder.root / "known")):
        found.add((None, False))
    return found


def _by_id(bench: Workbench, store: Store, folders: Sequence[Path], key: str) -> Found:
    if not (key.isascii() and key.isdecimal()):
        return set()
    found: Found = set()
    for known in files_of(store.folder.root / "known"):
        found |= find_by_id(known, int(key), bench.clock)
    for account in accounts_of(store.connection):
        for run_id, *place in results_told(store.connection, account, int(key)):
            outbox = store.folder.outbox(run_id)
            if outbox.parent in folders and outbox.exists():
                found |= find_places(outbox, {(place[0], place[1])})
    return found


def _with_known(bench: Workbench, store: Store, person: Person) -> Person:
    accounts = {store.folder.known_users(account): account for account in accounts_of(store.connection)}
    for known in files_of(store.folder.root / "known"):
        facts = facts_of(known, person.keys, bench.clock)
        account = accounts.get(known, known.stem)
        person = person.also(
            ids=facts["ids"],
            emails=facts["emails"],
            names=_texts(facts["name"]),
            phones=_texts(facts["phone"]),
            zendesk={(account, number) for number in facts["zendesk"]},
        )
    return person


def _with_sent(store: Store, folders: Sequence[Path], person: Person) -> Person:
    for outbox in _outboxes(folders):
        rows = places_of(outbox, person)
        if not rows.is_empty():
            run_id = outbox.parent.name
            places = {(batch, position) for batch, position in rows.select("batch", "position").iter_rows()}
            run = load_run(store.connection, run_id)
            numbers = ids_at(store.connection, run_id, places) if run else ()
            person = person.also(
                ids=rows["external_id"],
                emails=rows["email"],
                names=_texts(rows["name"]),
                phones=_texts(rows["phone"]),
                zendesk={(run.account, number) for number in numbers} if run else (),
            )
    return person


def _with_rejected(folders: Sequence[Path], person: Person) -> Person:
    for folder in folders:
        path = folder / f"{REJECTS}.parquet"
        if path.exists():
            rows = rows_of(path, person)
            person = person.also(
                ids=[*_column(rows, "external_id"), *_column(rows, NEVER_SENT)],
                names=_column(rows, "name"),
                phones=_column(rows, "phone"),
                emails=[email for text in _column(rows, "email") if (email := _address(text))],
            )
    return person


def _outboxes(folders: Sequence[Path]) -> list[Path]:
    paths = (folder / OUTBOX for folder in folders)
    return [path for path in paths if path.exists()]


def _column(rows: pl.DataFrame, name: str) -> list[str]:
    column = SOURCE_PREFIX + name
    return [] if column not in rows.columns else [str(value) for value in rows[column].drop_nulls()]


def _address(text: str) -> str | None:
    return normalized_email(text.strip().lower()) if "@" in text else None


def _texts(fragments: Iterable[object]) -> list[str]:
    """Return values given as JSON texts; only texts name somebody."""
    values = [json.loads(str(fragment)) for fragment in fragments if fragment is not None]
    return [value for value in values if isinstance(value, str)]
