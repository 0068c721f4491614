"""One query's rows from staging to outbox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

import polars as pl
import pyarrow as pa

from zdpipe.changes.answers import settle_answers, take_answers
from zdpipe.changes.chosen import Chosen, begin_choice, keep_chosen
from zdpipe.changes.claims import settle_claims
from zdpipe.changes.columns import Columns
from zdpipe.changes.compare import choose_sent_leads, compare_leads
from zdpipe.changes.drawing import draw_people
from zdpipe.changes.familiar import FAMILIAR, RESPELLED, WITH_EMAIL, WITH_EXTERNAL_ID, Familiar
from zdpipe.changes.fingerprint import print_outgoing, print_rows
from zdpipe.changes.gone import Leavers
from zdpipe.changes.identities import count_promoted, foresee_identities, list_new_addresses
from zdpipe.changes.inheritance import settle_inheritance
from zdpipe.changes.learning import all_familiar, begin_learning, learn
from zdpipe.changes.nearby import Nearby
from zdpipe.changes.outbox import write_outbox
from zdpipe.changes.outgoing import payloads_sql
from zdpipe.changes.parts import rows_that_fit
from zdpipe.changes.people import choose_leads
from zdpipe.changes.questions import AskedPerson, ToAsk, count_asked, list_asked
from zdpipe.changes.remarks import list_warnings
from zdpipe.changes.session import Session, attach_known, connect, view_known
from zdpipe.changes.sought import write_people
from zdpipe.changes.sources import write_sources
from zdpipe.changes.special import count_cleared, settle_special
from zdpipe.changes.staged import StagedRows
from zdpipe.changes.survey import (
    choose_examples,
    count_changed,
    count_known,
    count_respelled,
    count_sent,
)
from zdpipe.changes.totals import Totals, count_totals
from zdpipe.changes.unchanged import set_aside_unchanged
from zdpipe.changes.waves import count_ahead, count_batches, number_batches, order_sending
from zdpipe.clock import Clock
from zdpipe.model.batch import Batch
from zdpipe.model.identities import Identities, NewAddress
from zdpipe.model.known import literal
from zdpipe.model.match import PeopleFiles
from zdpipe.model.plan import Example
from zdpipe.model.policy import FieldPolicy
from zdpipe.model.resources import Resources
from zdpipe.parted import table_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to make of the rows: `fields` are the output columns but email and external_id.

    `full` sends every person and address again, changed or not; whoever is back in the query `returning_to`,
    and has something to be taken back, is sent anyway. Fields without a policy are never cleared.
    With `makes_primary` the address of a known person that is not their primary one is to be that.
    """

    fields: Sequence[str]
    skip_verify_email: bool = True
    full: bool = False
    policies: Mapping[str, FieldPolicy] = field(default_factory=dict)
    makes_primary: bool = False
    returning_to: str | None = None


class Workspace:
    """Stage all rows, resolve once, then ask; nothing of it grows with the rows but its files.

    While it is open the known users are attached read-only, so no merge can run: close it before sending.
    Only where rows are set aside, a copy of some of them takes their place once all rows are staged.
    """

    def __init__(self, session: Session, path: Path, memory: str) -> None:
        self._session = session
        self._staged = StagedRows(path.with_name(f"{path.name}.rows"), session.columns)
        self._path = path
        self._memory = memory
        self._chooses = False
        self._drawn: int | None = None
        self._ahead = 0
        self._nearby: Nearby | None = None
        # While rows come in, the query that makes them has its own memory; staging needs but little.
        half = f"(parse_formatted_bytes({literal(memory)}) // 2)::BIGINT"
        session.run(f"SET memory_limit = format_bytes({half})")

    @classmethod
    def open(
        cls, path: Path, wanted: Wanted, resources: Resources, *, known: Path | None, clock: Clock
    ) -> Workspace:
        """Start with an empty file at `path`, and one for rows beside it.

        `known` is a file that `attachable` has passed, or None. Raises StateLocked when another process keeps
        writing to it for a minute.
        """
        connection = connect(path, resources)
        columns = Columns(tuple(wanted.fields), wanted.policies)
        session = Session(
            connection,
            columns,
            wanted.skip_verify_email,
            wanted.full,
            wanted.makes_primary,
            wanted.returning_to,
        )
        try:
            attach_known(connection, known, clock)
            view_known(session)
            session.run("CREATE TABLE rejected (key VARCHAR)")
            session.run("CREATE TABLE rejected_emails (email VARCHAR)")
            session.run("CREATE TABLE respelled (row BIGINT)")
            return cls(session, path, resources.memory)
        except BaseException:
            connection.close()
            path.unlink(missing_ok=True)
            raise

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the known users and delete the workspace's files."""
        self._session.connection.close()
        self._path.unlink(missing_ok=True)
        self._staged.remove()
        if self._nearby is not None:
            self._nearby.remove()

    def stage(self, records: pl.DataFrame) -> None:
        """Append valid rows: row, key, external_id, email, unread, and the fields as JSON texts or null.

        `unread` names the fields whose value nobody could read, each between commas; null where all could be.
        """
        self._staged.append(records)
        if self._nearby is not None:
            self._nearby.name(records)

    def begin_learning(self) -> None:
        """Be ready for the prints of rows, which are then to be staged with them."""
        begin_learning(self._session)

    def set_aside(self, familiar: Familiar) -> None:
        """Be ready to go without familiar rows.

        Once all others are staged, `settle` and `reopen` tell which are to be staged all the same; both
        raise LookAtAll where it would be faster to have set nothing aside.
        """
        near = self._path.with_name(f"{self._path.name}.near")
        self._nearby = Nearby(self._session, familiar, near)

    def settle(self, query: str) -> None:
        """Compare the familiar rows of a query with the known users, once the whole source was read."""
        assert self._nearby is not None  # noqa: S101  # rows were set aside
        self._nearby.set_aside(query)

    def reopen(self) -> int:
        """Return how many rows that were set aside are to be staged as well, until there are none."""
        assert self._nearby is not None  # noqa: S101  # rows were set aside
        return self._nearby.reopen()

    def stage_prints(self, prints: pl.DataFrame) -> None:
        """Append the prints of valid rows: row, the columns of `FAMILIAR`, and `is_new`."""
        self._session.append("prints", prints.select("row", *FAMILIAR, "is_new"))

    def learn(self) -> tuple[int, int]:
        """Return how many rows that were looked at may be set aside the next time, and how many of these are
        strangers, once all rows were compared.
        """
        return learn(self._session)

    def familiar(self, most: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows that may be set aside the next time, `most` of them, those of this time included."""
        aside = self._nearby.familiar.aside if self._nearby else pl.DataFrame(schema=FAMILIAR)
        return all_familiar(self._session, aside, most)

    def stage_rejected(self, identities: pl.Series, emails: pl.Series | None = None) -> None:
        """Append the keys and addresses of rejected rows, so that their people do not count as gone."""
        self._session.append("rejected", identities.cast(pl.String).drop_nulls().to_frame("key"))
        if emails is not None:
            self._session.append("rejected_emails", emails.cast(pl.String).drop_nulls().to_frame("email"))

    def stage_respelled(self, rows: pl.Series) -> None:
        """Append the rows of which a text was changed by normalization."""
        self._session.append("respelled", rows.cast(pl.Int64).to_frame("row"))

    def stage_warnings(self, warnings: pl.DataFrame) -> None:
        """Keep warnings about valid rows until it is known which rows stay."""
        if not warnings.is_empty():
            self._session.append("warned", warnings)

    def choose(self, people: pl.DataFrame) -> None:
        """Send these people alone: key, and `by_address` where an address was all their identity.

        Everybody's rows have their say in whose an address is; then only those of the people chosen count.
        """
        begin_choice(self._session)
        self._session.append("wanted", people.select("key", "by_address"))
        self._chooses = True

    def draw(self, size: int) -> None:
        """Send so many of the people who are new or changed alone, whoever they turn out to be."""
        begin_choice(self._session)
        self._drawn = size
        self._chooses = True

    def lead_with(self, size: int) -> None:
        """Send so many people before all others, drawn by lot, in batches of their own."""
        self._ahead = size

    def compare(self) -> Chosen | None:
        """Decide whose emails are whose, which rows lead, and who is new or changed.

        Returns who of the people chosen was found, None where everybody counts.
        """
        self._staged.finish()
        self._take_memory()
        if self._nearby is not None:
            self._nearby.narrow()
        self._session.run(f"CREATE VIEW records AS FROM read_parquet({literal(str(self._staged.path))})")
        set_aside_unchanged(self._session)
        settle_claims(self._session)
        settle_inheritance(self._session)
        if self._drawn is not None:
            draw_people(self._session, self._drawn, self._rows_that_fit())
        chosen = keep_chosen(self._session) if self._chooses else None
        choose_leads(self._session)
        compare_leads(self._session, self._rows_that_fit())
        return chosen

    def rejects_of_chosen(self, rejects: Path) -> Iterator[pl.DataFrame]:
        """Yield those rows of a file of rejected ones that are of the people chosen or drawn, by row."""
        return self._session.frames(
            f"FROM {table_of([rejects])} AS rejects SEMI JOIN chosen ON chosen.person = rejects.identity"
            " ORDER BY row"
        )

    def asked(self) -> Iterator[AskedPerson]:
        """Yield whom the account is to be asked about before anything is sent, by key."""
        return list_asked(self._session)

    @property
    def merged_fields(self) -> frozenset[str]:
        """The fields of which only some entries are ours."""
        return frozenset(name for name, _ in self._session.columns.merging)

    def to_ask(self) -> ToAsk:
        """Return how many people these are, as far as comparing tells by then."""
        return count_asked(self._session)

    def order(self, answers: pl.DataFrame | None = None) -> None:
        """Decide who is sent, in which order.

        `answers` is what the account said, a table of `ANSWERS`; without it all is as it is known.
        """
        take_answers(self._session, answers)
        settle_answers(self._session)
        settle_special(self._session)
        choose_sent_leads(self._session)
        order_sending(self._session, self._ahead)

    def kept_warnings(self) -> Iterator[pl.DataFrame]:
        """Yield the staged warnings about rows of the people chosen, in the order of the rows."""
        return self._session.frames("FROM warned SEMI JOIN records USING (row) ORDER BY row, reason")

    def totals(self) -> Totals:
        """Return how many staged rows have which outcome."""
        totals = count_totals(self._session)
        return replace(totals, unchanged=totals.unchanged + self._aside())

    def warnings(self) -> Iterator[pl.DataFrame]:
        """Yield row, key, reason, column and value of what comparing had to remark upon.

        These are `email_shared`, `conflicting_rows`, `clear_skipped`, `not_empty` and `not_asked`.
        """
        return list_warnings(self._session)

    def leavers(self, query: str) -> Leavers:
        """Return the people who are gone from a query, and those who are back, to be asked about."""
        return Leavers(self._session, query)

    def known(self) -> tuple[int, int]:
        """Return how many people were sent before, by any query, and how many of them would change."""
        known, changed = count_known(self._session)
        return known + self._aside(), changed

    def cleared(self) -> int:
        """Return how many known people would have a field emptied, as far as comparing tells by then."""
        return count_cleared(self._session)

    def promoted(self) -> int:
        """Return of how many people the address is to be the primary one, once it is there."""
        return count_promoted(self._session)

    def identities(self, examples: int) -> Identities:
        """Return where ids and addresses collide, as far as rows and known users tell."""
        return foresee_identities(self._session, examples)

    def new_addresses(self, limit: int) -> list[NewAddress]:
        """Return some of the new addresses of people with an external_id, once `identities` was asked for."""
        return list_new_addresses(self._session, limit)

    def sent(self, query: str) -> int:
        """Return how many people the query has or had, but those who are gone and were taken care of."""
        return count_sent(self._session, query) if self._nearby is None else self._nearby.sent

    def print_rows(self) -> str:
        """Return the print of the query's normalized rows, whatever their order."""
        return print_rows(self._session)

    def print_outgoing(self) -> str:
        """Return the print of all that would be sent, whatever its order."""
        return print_outgoing(self._session)

    def changed_by_field(self, *, only_known: bool = False) -> dict[str, int]:
        """Return for each column of the query how many people's value would change."""
        aside = {"external_id": self._aside(WITH_EXTERNAL_ID), "email": self._aside(WITH_EMAIL)}
        return count_changed(self._session, aside, only_known=only_known)

    def respelled(self) -> int:
        """Return how many unchanged people are so only because their texts were normalized."""
        return count_respelled(self._session) + self._aside(RESPELLED)

    def batches(self, batch_size: int) -> int:
        """Return how many batches of that size there would be."""
        return count_batches(self._session, batch_size)

    def examples(self, limit: int) -> list[Example]:
        """Return some people before and after, values as JSON texts; the same ones for the same data."""
        return choose_examples(self._session, limit)

    def payloads(self, batch_size: int, limit: int | None = None) -> Iterator[str]:
        """Yield the bytes of each user to send, as text, in the order in which batches of that size leave."""
        number_batches(self._session, batch_size)
        result = self._session.connection.cursor()
        try:
            result.execute("USE work")  # a cursor starts in the instance's own empty database
            result.execute(payloads_sql(self._session, limit))
            while rows := result.fetchmany(1000):
                yield from (payload for (payload,) in rows)
        finally:
            result.close()

    def write_outbox(self, path: Path, batch_size: int) -> list[Batch]:
        """Write what is to be sent, durably, and return its batches."""
        return write_outbox(self._session, path, batch_size, self._rows_that_fit())

    def ahead(self) -> tuple[int, int]:
        """Return who goes before all others: people, and the first so many batches of the outbox."""
        return count_ahead(self._session)

    def write_sources(
        self, scratch: Path, out: Path, columns: Sequence[str], kinds: Mapping[str, str]
    ) -> None:
        """Keep the source rows of those who are sent or have several rows, durably.

        `scratch` has the source rows of everybody, `columns` their names and `kinds` what each is read as.
        """
        write_sources(self._session, scratch, out, columns, kinds, self._rows_that_fit())

    def write_people(self, files: PeopleFiles) -> None:
        """Write everybody who was compared: what they are found by, their values, and the known ones."""
        write_people(self._session, files)

    def _take_memory(self) -> None:
        self._session.run(f"SET memory_limit = {literal(self._memory)}")

    def _rows_that_fit(self) -> int:
        (memory,) = self._session.one("SELECT parse_formatted_bytes(current_setting('memory_limit'))")
        # Of all rows, whoever is chosen among them: that tells how wide they are.
        return rows_that_fit(self._staged.rows, self._staged.path.stat().st_size, memory)

    def _aside(self, mark: int | None = None) -> int:
        """Return how many rows are set aside, or how many of them have a mark."""
        if self._nearby is None:
            return 0
        familiar = self._nearby.familiar
        return familiar.count if mark is None else familiar.marked(mark)
