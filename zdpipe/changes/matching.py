"""People and the users of an account, brought together by ids and addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl

from zdpipe.changes.session import connect, failures
from zdpipe.model.match import Found, Unclear
from zdpipe.model.resources import Resources

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
_USERS = (
    "CREATE TABLE users (user_id BIGINT, external_key VARCHAR, user_email VARCHAR, role VARCHAR,"
    " user_emails VARCHAR[], phones VARCHAR[], shown VARCHAR)"
)
_BEGIN = (
    "CREATE TABLE people AS FROM read_parquet($people) ORDER BY key",
    "CREATE TABLE addresses AS SELECT DISTINCT key, unnest(emails) AS email FROM people",
    _USERS,
    "CREATE VIEW account AS SELECT DISTINCT ON (user_id) * FROM users ORDER BY user_id",
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
# Whoever takes the users of a whole account keeps but those that may be somebody's.
_TAKE = """
INSERT INTO users
SELECT * FROM incoming
WHERE user_id IN (SELECT zendesk_id FROM people WHERE zendesk_id IS NOT NULL)
  OR external_key IN (SELECT key FROM people)
  OR user_id IN (
    SELECT user_id FROM (SELECT user_id, unnest(user_emails) AS email FROM incoming)
    SEMI JOIN addresses USING (email)
  )
"""
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
_LEFT = "(FROM people ANTI JOIN named USING (key))"
_HOW = {1: Found.ZENDESK_ID, 2: Found.EXTERNAL_ID, 3: Found.EMAIL}


class Matching:
    """Take the people, then users of the account, then decide; nothing of it grows but its file."""

    def __init__(self, path: Path, people: Path, resources: Resources) -> None:
        """Read `people`, a Parquet file with at least key, external_id, zendesk_id and emails.

        `path` is a file for this alone.
        """
        self._connection = connect(path, resources)
        with failures(path):
            for statement in _BEGIN:
                self._connection.execute(statement, {"people": str(people)} if "$people" in statement else {})

    def __enter__(self) -> Matching:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def people(self) -> int:
        """Return how many people there are."""
        return int(self._one("SELECT count(*) FROM people"))

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
        """Take users of the account, columns USER_COLUMNS; whoever can be nobody's is left out."""
        self._connection.register("incoming", users.to_arrow())
        try:
            with failures():
                self._connection.execute(_TAKE)
        finally:
            self._connection.unregister("incoming")

    def decide(self) -> None:
        """Decide whose user is whose: an id counts before an external_id, both before an address."""
        with failures():
            self._connection.execute(_CANDIDATES)
            self._connection.execute(_MATCHED)

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
        """Yield everybody whose user was found: the columns of both, by key, about so many at once.

        `found` says how.
        """
        how = " ".join(f"WHEN {rank} THEN '{found}'" for rank, found in _HOW.items())
        with (
            failures(),
            self._connection.sql(
                f"SELECT people.*, account.*, CASE rank {how} END AS found"
                " FROM matched JOIN people USING (key) JOIN account USING (user_id)"
                " WHERE unclear IS NULL ORDER BY people.key"
            ).to_arrow_reader(at_once) as reader,
        ):
            for part in reader:
                yield pl.DataFrame(pl.from_arrow(part))

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
