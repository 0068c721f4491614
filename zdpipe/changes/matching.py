"""People and the users of an account, brought together by ids and addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl

from zdpipe.changes.session import connect, failures
from zdpipe.model.known import literal
from zdpipe.model.match import Found, PeopleFiles, Unclear
from zdpipe.model.resources import Resources
from zdpipe.parted import Parted

# One user of the account: `external_key` is the external_id in lower case, `email` the primary address,
# `shown` a JSON object of whatever the caller wants to know of a user.
USER_COLUMNS: Mapping[str, Any] = {
    "user_id": pl.Int64,
    "external_key": pl.String,
    "user_email": pl.String,
    "role": pl.String,
    "user_emails": pl.List(pl.String),
    "phones": pl.List(pl.String),
    "shown": pl.String,
}
_COLUMNS = (
    "(user_id BIGINT, external_key VARCHAR, user_email VARCHAR, role VARCHAR,"
    " user_emails VARCHAR[], phones VARCHAR[], shown VARCHAR)"
)
_BEGIN = (
    "CREATE TABLE people AS SELECT key, external_id, zendesk_id FROM {people}",
    "CREATE TABLE addresses AS FROM read_parquet({addresses})",
    f"CREATE TABLE account {_COLUMNS}",
    f"CREATE TABLE listed {_COLUMNS}",
    "CREATE VIEW user_addresses AS SELECT user_id, unnest(user_emails) AS email FROM account",
    # A user found by id who has the key neither as external_id nor as an address is somebody else by now.
    """
    CREATE VIEW named AS
    SELECT people.key, account.user_id, 1 AS rank
    FROM people JOIN account ON account.user_id = people.zendesk_id
    WHERE account.external_key = people.key OR list_contains(account.user_emails, people.key)
    UNION ALL
    SELECT people.key, account.user_id, 2
    FROM people JOIN account ON account.external_key = people.key
    WHERE people.external_id IS NOT NULL
    """,
)
# Two people may lead to one user, and two pages of a list that moves meanwhile.
_TAKE = "INSERT INTO {table} FROM incoming ANTI JOIN {table} USING (user_id)"
_OURS = """
CREATE OR REPLACE TABLE ours AS
SELECT user_id FROM listed
SEMI JOIN (SELECT zendesk_id AS user_id FROM people) AS told USING (user_id)
UNION SELECT user_id FROM listed SEMI JOIN people ON people.key = listed.external_key
UNION SELECT user_id FROM (SELECT user_id, unnest(user_emails) AS email FROM listed)
  SEMI JOIN addresses USING (email)
"""
_TAKE_OURS = """
INSERT INTO account FROM listed SEMI JOIN ours USING (user_id) ANTI JOIN account USING (user_id)
"""
# All people are looked through each time: the more they are, the more users have to wait for it.
_LISTED_AT_ONCE = 50_000
_PEOPLE_A_LISTED_USER = 20
_CANDIDATES = """
CREATE OR REPLACE TABLE candidates AS
FROM named
UNION ALL
SELECT people.key, account.user_id,
  CASE WHEN people.external_id IS NULL OR account.external_key IS NULL THEN 3 ELSE 4 END AS rank
FROM addresses
JOIN user_addresses USING (email)
JOIN account USING (user_id)
JOIN people ON people.key = addresses.key
GROUP BY ALL
"""
_MATCHED = f"""
CREATE OR REPLACE TABLE matched AS
WITH best AS (
  SELECT DISTINCT key, user_id, rank FROM candidates
  QUALIFY rank = min(rank) OVER (PARTITION BY key)
), told AS (
  SELECT best.*, count(*) OVER (PARTITION BY best.key) AS users, account.role,
    min(best.rank) OVER (PARTITION BY best.user_id) AS first_rank,
    count(*) OVER (PARTITION BY best.user_id, best.rank) AS people
  FROM best JOIN account USING (user_id)
)
SELECT key, min(user_id) AS user_id, min(rank) AS rank,
  min(CASE
    WHEN rank = 4 THEN '{Unclear.OTHER_EXTERNAL_ID}'
    WHEN users > 1 THEN '{Unclear.SEVERAL_USERS}'
    WHEN rank > first_rank OR people > 1 THEN '{Unclear.SEVERAL_CUSTOMERS}'
    WHEN role <> 'end-user' THEN '{Unclear.STAFF}'
  END) AS unclear
FROM told GROUP BY key
"""
_USERS = """
SELECT matched.key, account.*, CASE rank {how} END AS found
FROM account JOIN (FROM matched WHERE unclear IS NULL) AS matched USING (user_id)
"""
_MATCHES = """
SELECT people.*, users.* EXCLUDE (key) FROM {people} AS people JOIN {users} AS users USING (key) ORDER BY key
"""
_LEFT = "(FROM people ANTI JOIN named USING (key))"
_HOW = {1: Found.ZENDESK_ID, 2: Found.EXTERNAL_ID, 3: Found.EMAIL}


class Matching:
    """Take the people, then users of the account, then decide; nothing of it grows but what is on disk."""

    def __init__(self, path: Path, files: PeopleFiles, resources: Resources) -> None:
        """Read the people; `path` is a new file for this alone, beside which a folder will be."""
        self._connection = connect(path, resources)
        self._people = Parted.found(files.people)
        self._matches = Parted(path.with_name(f"{path.name}.matches"), self._people.parts)
        there = {"people": self._people.read_all(), "addresses": literal(str(files.addresses))}
        with failures(path):
            for statement in _BEGIN:
                self._connection.execute(statement.format(**there))
        self._listed = 0
        self._listed_at_once = max(_LISTED_AT_ONCE, self.people() // _PEOPLE_A_LISTED_USER)

    def __enter__(self) -> Matching:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def people(self) -> int:
        """Return how many people there are."""
        return int(self._one("SELECT count(*) FROM people"))

    def users(self) -> int:
        """Return how many users were taken and kept."""
        return int(self._one("SELECT count(*) FROM account"))

    def ids(self, at_once: int) -> Iterator[list[int]]:
        """Yield the Zendesk ids given with the people, so many at once."""
        return self._portions(
            "SELECT DISTINCT zendesk_id FROM people WHERE zendesk_id IS NOT NULL ORDER BY 1", at_once
        )

    def external_ids(self, at_once: int) -> Iterator[list[str]]:
        """Yield the external_ids of people of whom no user was taken yet."""
        return self._portions(f"SELECT external_id FROM {_LEFT} WHERE external_id IS NOT NULL", at_once)

    def addresses(self, at_once: int) -> Iterator[list[str]]:
        """Yield all addresses of people whose user neither an id nor an external_id found."""
        return self._portions(f"SELECT DISTINCT email FROM addresses SEMI JOIN {_LEFT} USING (key)", at_once)

    def left(self) -> tuple[int, int]:
        """Return how many of those not found by now have an external_id, and how many addresses others have.

        The addresses are those of people without external_id, whom nothing else can find.
        """
        named = self._one(f"SELECT count(external_id) FROM {_LEFT}")
        alone = self._one(
            f"SELECT count(DISTINCT email) FROM addresses SEMI JOIN"
            f" (FROM {_LEFT} WHERE external_id IS NULL) USING (key)"
        )
        return int(named), int(alone)

    def addresses_left(self) -> int:
        """Return how many addresses people have whose user neither an id nor an external_id found."""
        return int(self._one(f"SELECT count(DISTINCT email) FROM addresses SEMI JOIN {_LEFT} USING (key)"))

    def take(self, users: pl.DataFrame) -> None:
        """Take users of the account who were looked for, columns USER_COLUMNS."""
        self._insert("account", users)

    def take_listed(self, users: pl.DataFrame) -> None:
        """Take users of the account, whoever they are; those that can be nobody's are left out."""
        self._insert("listed", users)
        self._listed += users.height
        if self._listed >= self._listed_at_once:
            self._sift()

    def decide(self) -> None:
        """Decide whose user is whose: an id counts before an external_id, both before an address."""
        if self._listed:
            self._sift()
        with failures():
            self._connection.execute(_CANDIDATES)
            self._connection.execute(_MATCHED)

    def _insert(self, table: str, users: pl.DataFrame) -> None:
        once = users.unique("user_id", keep="first", maintain_order=True)
        self._connection.register("incoming", once.to_arrow())
        try:
            with failures():
                self._connection.execute(_TAKE.format(table=table))
        finally:
            self._connection.unregister("incoming")

    def _sift(self) -> None:
        with failures():
            for statement in (_OURS, _TAKE_OURS, "TRUNCATE listed"):
                self._connection.execute(statement)
        self._listed = 0

    def found(self) -> dict[Found, int]:
        """Return how many people were found by what."""
        rows = self._rows("SELECT rank, count(*) FROM matched WHERE unclear IS NULL GROUP BY rank")
        counts = {_HOW[rank]: people for rank, people in rows}
        return {how: counts.get(how, 0) for how in Found}

    def unclear(self) -> dict[Unclear, int]:
        """Return of how many people nobody can tell the user, by reason."""
        rows = self._rows(
            "SELECT unclear, count(*) FROM matched WHERE unclear IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
        return {Unclear(reason): people for reason, people in rows}

    def matches(self, at_once: int) -> Iterator[pl.DataFrame]:
        """Yield everybody whose user was found: the columns of both, part by part by key, so many at once.

        `found` says how. To be asked for once.
        """
        how = " ".join(f"WHEN {rank} THEN '{found}'" for rank, found in _HOW.items())
        with failures():
            self._matches.write(self._connection, _USERS.format(how=how))
            for part in range(self._people.parts):
                sql = _MATCHES.format(people=self._people.read(part), users=self._matches.read(part))
                with self._connection.sql(sql).to_arrow_reader(at_once) as reader:
                    yield from (pl.DataFrame(pl.from_arrow(some)) for some in reader)

    def strangers(self, at_once: int) -> Iterator[list[str]]:
        """Yield the keys of people of whom no user was taken, so many at once."""
        return self._portions("SELECT key FROM people ANTI JOIN candidates USING (key) ORDER BY key", at_once)

    def undecided(self, at_once: int) -> Iterator[list[str]]:
        """Yield the keys of people of whom nobody can tell the user, so many at once."""
        return self._portions("SELECT key FROM matched WHERE unclear IS NOT NULL ORDER BY key", at_once)

    def _portions(self, sql: str, at_once: int) -> Iterator[list[Any]]:
        """Yield the first column of a result, also while users are being taken."""
        with failures():
            cursor = self._connection.cursor()
            try:
                cursor.execute("USE work")  # a cursor starts in the instance's own empty database
                cursor.execute(sql)
                while rows := cursor.fetchmany(at_once):
                    yield [value for (value,) in rows]
            finally:
                cursor.close()

    def _one(self, sql: str) -> Any:
        ((value,),) = self._rows(sql)
        return value

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        with failures():
            return self._connection.execute(sql).fetchall()
