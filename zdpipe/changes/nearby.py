"""The known people with whom the rows that are looked at may have to do; rows of all others are set aside.

What is asked of `known` then gives just what it would give if every row were looked at: `known` has of the
known users those alone who are near, and in the end all rows of those who are near are looked at. Near is
whoever a row names by key or address, whoever owns such an address, has a mark, is known by an address that
somebody else owns too, may be gone from the query, or is in it for the first time.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import polars as pl
import pyarrow as pa

from zdpipe.ahead import work_ahead
from zdpipe.changes.familiar import FEW_ROWS, Familiar, LookAtAll
from zdpipe.changes.session import Session
from zdpipe.changes.unchanged import known_text
from zdpipe.model.known import KEYED_TABLES, literal
from zdpipe.prints import prints_of

_USERS_AT_ONCE = 100_000
_WORKERS = 2
_MADE = (
    "CREATE TABLE named (text VARCHAR)",
    # Known users of whom no row is set aside.
    "CREATE TABLE unsettled (key VARCHAR)",
    "CREATE TABLE joining (key VARCHAR)",
)
# Whom the query had, and no row that is set aside is about. What they are called by counts as named: a row
# that has such an address, or is about the same user under another key, tells that they are there.
_MISSING = """
INSERT INTO named
WITH missing AS (
  SELECT key FROM known.queries SEMI JOIN unsettled USING (key) ANTI JOIN rejected USING (key)
  ANTI JOIN named ON named.text = queries.key
  WHERE query = {query}
), same AS (
  SELECT zendesk_id FROM known.users SEMI JOIN missing USING (key) WHERE zendesk_id IS NOT NULL
)
FROM missing UNION ALL SELECT key FROM known.users SEMI JOIN same USING (zendesk_id)
"""
# Nobody is there twice, and everybody is among the known users, so that numbers tell.
_HAD = "SELECT count(*) FROM known.queries ANTI JOIN unsettled USING (key) WHERE query = {query}"
# Another query sent them; they are to count among this one's people as well.
_JOINING = """
INSERT INTO joining
SELECT key FROM known.users ANTI JOIN unsettled USING (key)
ANTI JOIN (SELECT key FROM known.queries WHERE query = {query}) AS had USING (key)
"""
# A primary address is always among a person's addresses.
_NEAR = """
CREATE OR REPLACE TABLE near AS
SELECT key FROM known.users SEMI JOIN named ON named.text = users.key
UNION SELECT key FROM known.emails SEMI JOIN named ON named.text = emails.email
UNION SELECT key FROM marks
UNION SELECT alone.key FROM (SELECT key FROM known.users WHERE external_id IS NULL) AS alone
  JOIN (SELECT key, email FROM known.emails WHERE key <> email) AS owned ON owned.email = alone.key
UNION FROM joining
"""
_REOPENED = "SELECT key FROM near ANTI JOIN unsettled USING (key)"
_THEIR_NAMES = f"""
SELECT unnest([key, primary_email]) FROM known.users SEMI JOIN ({_REOPENED}) AS reopened USING (key)
"""


class Nearby:
    """Sets familiar rows aside, and opens those again that have to do with a row that is looked at.

    `file` is one to be made for those who are near, `sent` how many people the query had. Tables of its own
    in the workspace: `named`, the keys and addresses of rows that are looked at; `unsettled`, the keys of
    known users of whom no row is set aside; `joining`, those whom the query has for the first time; `near`.
    """

    def __init__(self, session: Session, familiar: Familiar, file: Path) -> None:
        self._session = session
        self._file = file
        self._near = literal(str(file))
        self.sent = 0
        self.familiar = familiar
        for statement in _MADE:
            session.run(statement)

    def name(self, records: pl.DataFrame) -> None:
        """Note whom rows that are looked at name."""
        for column in ("key", "email"):
            self._session.append("named", records[column].cast(pl.String).drop_nulls().to_frame())

    def set_aside(self, query: str) -> None:
        """Set aside the rows of those who are known by just that, once the source was read."""
        self.familiar.end_of_source()
        users = self._session.stream(self._records_of("known_users"), _USERS_AT_ONCE)
        with self._session.beside() as other, closing(work_ahead(users, self._looked_up, _WORKERS)) as found:
            for keys, places in found:
                left = keys.filter(~self.familiar.confirm(places))
                other.append("unsettled", left.to_frame())
        self.familiar.end_of_users()
        self._refuse_too_many()
        (self.sent,) = self._session.one("SELECT count(*) FROM known.queries WHERE query = ?", [query])
        self._session.run(_MISSING.format(query=literal(query)))
        (had,) = self._session.one(_HAD.format(query=literal(query)))
        if had != self.familiar.count:
            self._session.run(_JOINING.format(query=literal(query)))

    def reopen(self) -> int:
        """Want the rows set aside of people who are near; return how many rows are to be read once more.

        Where it is none, all rows of those who are near are looked at. Raises LookAtAll where it is so many
        that it would be faster to have set nothing aside.
        """
        while True:
            self._session.run(_NEAR)
            users = self._records_of(f"known_users SEMI JOIN ({_REOPENED}) USING (key)")
            reopened = 0
            for batch in self._session.stream(users, _USERS_AT_ONCE):
                keys, places = self._looked_up(batch)
                self.familiar.want(places)
                reopened += len(keys)
            if not reopened:
                break
            # Their rows name them by just what they are known by.
            self._session.run(f"INSERT INTO named {_THEIR_NAMES}")
            self._session.run(f"INSERT INTO unsettled {_REOPENED}")
        self._refuse_too_many()
        return self.familiar.wanted

    def _refuse_too_many(self) -> None:
        if self.familiar.wanted > max(FEW_ROWS, self.familiar.count):
            raise LookAtAll

    def narrow(self) -> None:
        """Let `known` have those who are near alone; the known users are free for others from then on."""
        self.remove()  # a killed process left it
        self._session.run(f"ATTACH {self._near} AS nearby (RECOVERY_MODE no_wal_writes)")
        self._file.chmod(0o600)
        tables = self._session.rows(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'known' ORDER BY ALL"
        )
        for (table,) in tables:  # files of an older format lack some
            whom = "SEMI JOIN near USING (key)" if table in KEYED_TABLES else ""
            self._session.run(f"CREATE TABLE nearby.{table} AS FROM known.{table} {whom}")
        for database in ("known", "nearby"):
            self._session.run(f"DETACH {database}")
        self._session.run(f"ATTACH {self._near} AS known (READ_ONLY)")

    def remove(self) -> None:
        """Throw the file away, once the workspace is closed."""
        self._file.unlink(missing_ok=True)

    def _looked_up(self, batch: pa.RecordBatch) -> tuple[pl.Series, pl.Series]:
        users = pl.DataFrame(pl.from_arrow(batch))
        return users["key"], self.familiar.places_of_users(prints_of(users))

    def _records_of(self, users: str) -> str:
        """Return the statement for known users as records of which nothing would be sent."""
        values = [known_text(self._session, name, slot) for name, slot in self._session.columns]
        columns = ", ".join(["key", "external_id IS NULL", "primary_email", *values])
        return f"SELECT {columns} FROM {users}"
