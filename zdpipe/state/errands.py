"""The moves of a run's errands; each is one transaction, durable when the function returns."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import polars as pl

from zdpipe.errors import StateError
from zdpipe.model.batch import MOVES, BatchState
from zdpipe.model.errand import Errand, Settled
from zdpipe.model.gone import NOT_DONE, PENDING, Deed, Farewells, Fate, GoneAction
from zdpipe.state.database import transaction

_LEFT = "SELECT * FROM errands WHERE run_id = ? AND state <> 'settled' ORDER BY number"
_COUNTS = "SELECT deed, sum(users) AS people FROM errands WHERE run_id = ? GROUP BY deed ORDER BY deed"
_FATES = """
SELECT deed, fate, count(*) AS people FROM fates JOIN errands USING (run_id)
WHERE run_id = ? AND fates.errand = errands.number GROUP BY deed, fate ORDER BY people DESC, fate
"""
_NOT_DONE = ", ".join(f"'{fate}'" for fate in NOT_DONE)
_FAILING = f"""
SELECT * FROM errands WHERE run_id = ? AND number IN (
  SELECT errand FROM fates WHERE fates.run_id = errands.run_id AND fate IN ({_NOT_DONE})
) ORDER BY number
"""
# What older versions of zdpipe did not write among the known users is told by the runs that are still there.
_CREATED = """
SELECT DISTINCT zendesk_id FROM results JOIN runs USING (run_id)
WHERE account = ? AND status = 'created' AND zendesk_id IN (SELECT value FROM json_each(?))
"""
_ROWS_AT_ONCE = 50_000


class ErrandStore:
    """The errands of one run."""

    def __init__(self, connection: sqlite3.Connection, run_id: str, account: str) -> None:
        self._connection = connection
        self.run_id = run_id
        self.account = account

    def enqueue(self, errands: Iterable[Errand]) -> None:
        """Insert errands as ready; the caller's transaction also records the plan."""
        self._connection.executemany(
            "INSERT INTO errands (run_id, number, deed, users, state) VALUES (?, ?, ?, ?, ?)",
            ((self.run_id, each.number, each.deed, each.users, BatchState.READY) for each in errands),
        )

    def left(self) -> list[Errand]:
        """Return the errands that are not settled, in order of their numbers."""
        return [_errand(row) for row in self._connection.execute(_LEFT, (self.run_id,)).fetchall()]

    def in_flight(self) -> list[Errand]:
        """Return the errands that Zendesk may have."""
        return [each for each in self.left() if each.state is not BatchState.READY]

    def get(self, number: int) -> Errand:
        """Return one errand."""
        row = self._connection.execute(
            "SELECT * FROM errands WHERE run_id = ? AND number = ?", (self.run_id, number)
        ).fetchone()
        return _errand(row)

    def fates(self, number: int) -> list[Settled]:
        """Return what is known of an errand's people, by position."""
        rows = self._connection.execute(
            "SELECT * FROM fates WHERE run_id = ? AND errand = ? ORDER BY position", (self.run_id, number)
        ).fetchall()
        return [Settled(row["position"], Fate(row["fate"]), row["details"]) for row in rows]

    def fate(self, number: int, position: int) -> Settled | None:
        """Return what is known of one person of an errand."""
        row = self._connection.execute(
            "SELECT * FROM fates WHERE run_id = ? AND errand = ? AND position = ?",
            (self.run_id, number, position),
        ).fetchone()
        return Settled(row["position"], Fate(row["fate"]), row["details"]) if row else None

    def decide(self, errand: Errand, fates: Sequence[Settled]) -> None:
        """Record the fate of some of an errand's people before the others are sent."""
        with transaction(self._connection):
            self._insert(errand, fates)

    def mark_sending(self, errand: Errand, users: int, now: datetime) -> None:
        """Record, before the request leaves, that it may leave, and with how many people."""
        self._move(
            errand,
            BatchState.SENDING,
            "attempts = attempts + 1, sent = ?, sent_at = ?, job_id = NULL",
            (users, now.isoformat()),
        )

    def mark_accepted(self, errand: Errand, job_id: str) -> None:
        """Record the job that does it now."""
        with transaction(self._connection):
            self._update(errand, BatchState.ACCEPTED, "job_id = ?", (job_id,))
            self._connection.execute(
                "INSERT OR IGNORE INTO jobs (account, job_id, run_id, batch) VALUES (?, ?, ?, ?)",
                (self.account, job_id, self.run_id, -errand.number),
            )

    def mark_ready(self, errand: Errand, fates: Sequence[Settled] = (), *, was_taken: bool = False) -> None:
        """Record that the others of an errand may be sent.

        A sending of which nothing is known, and that was surely not taken, is as if it had never been.
        """
        also = "job_id = NULL"
        if fates or was_taken:
            also += ", lost = 0"
        elif errand.state is BatchState.SENDING:
            also += ", attempts = attempts - 1"
        elif errand.state is BatchState.ACCEPTED:
            also += ", lost = lost + 1"
        with transaction(self._connection):
            self._insert(errand, fates)
            self._update(errand, BatchState.READY, also, ())

    def mark_unsure(self, errand: Errand) -> None:
        """Record that the errand may have been taken and nobody knows."""
        self._move(errand, BatchState.UNSURE, "lost = lost + 1", ())

    def settle(
        self, errand: Errand, fates: Sequence[Settled], now: datetime, job_seconds: float | None = None
    ) -> None:
        """Record the fate of everybody of whom it was not known, with the errand's last move."""
        with transaction(self._connection):
            self._insert(errand, fates)
            self._update(errand, BatchState.SETTLED, "settled_at = ?", (now.isoformat(),))
            if job_seconds is not None:
                self._connection.execute(
                    "UPDATE jobs SET seconds = ? WHERE account = ? AND job_id = ?",
                    (job_seconds, self.account, errand.job_id),
                )

    def unmerged(self) -> list[tuple[int, datetime]]:
        """Return the settled errands that the known users do not hold yet, and when they were settled."""
        rows = self._connection.execute(
            "SELECT number, settled_at FROM errands WHERE run_id = ? AND state = 'settled' AND merged = 0"
            " ORDER BY number",
            (self.run_id,),
        ).fetchall()
        return [(row["number"], datetime.fromisoformat(row["settled_at"])) for row in rows]

    def mark_merged(self, numbers: Sequence[int]) -> None:
        """Record that the known users hold these errands."""
        with transaction(self._connection):
            self._connection.executemany(
                "UPDATE errands SET merged = 1 WHERE run_id = ? AND number = ?",
                ((self.run_id, number) for number in numbers),
            )

    def tally(self, action: GoneAction) -> Farewells:
        """Return how many people met which fate; `pending` are those of whom it is not known yet."""
        people = {Deed(row["deed"]): int(row["people"]) for row in self._rows(_COUNTS)}
        fates: dict[bool, dict[str, int]] = {False: defaultdict(int), True: defaultdict(int)}
        for row in self._rows(_FATES):
            deed = Deed(row["deed"])
            fates[deed.takes_back][row["fate"]] += row["people"]
            people[deed] -= row["people"]
        for deed, left in people.items():
            if left:
                fates[deed.takes_back][PENDING] += left
        return Farewells(action, dict(fates[False]), dict(fates[True]))

    def failures(self) -> list[tuple[Errand, Settled]]:
        """Return the people of whom Zendesk refused what was to be done, with their errands."""
        return [
            (errand, fate)
            for errand in map(_errand, self._rows(_FAILING))
            for fate in self.fates(errand.number)
            if fate.fate in NOT_DONE
        ]

    def slowest_job(self) -> float | None:
        """Return how many seconds the account's slowest job took as far as we saw, or None."""
        row = self._connection.execute(
            "SELECT max(seconds) AS seconds FROM jobs WHERE account = ?", (self.account,)
        ).fetchone()
        return None if row["seconds"] is None else float(row["seconds"])

    def _rows(self, sql: str) -> list[sqlite3.Row]:
        return self._connection.execute(sql, (self.run_id,)).fetchall()

    def _insert(self, errand: Errand, fates: Sequence[Settled]) -> None:
        self._connection.executemany(
            "INSERT INTO fates VALUES (?, ?, ?, ?, ?)",
            ((self.run_id, errand.number, each.position, each.fate, each.details) for each in fates),
        )

    def _move(self, errand: Errand, to: BatchState, also: str, values: tuple[object, ...]) -> None:
        with transaction(self._connection):
            self._update(errand, to, also, values)

    def _update(self, errand: Errand, to: BatchState, also: str, values: tuple[object, ...]) -> None:
        if (errand.state, to) not in MOVES:
            raise StateError(
                f"Errand {errand.number} cannot go from {errand.state} to {to}.", code="batch_move"
            )
        changed = self._connection.execute(
            f"UPDATE errands SET state = ?, {also} WHERE run_id = ? AND number = ? AND state = ?",
            (to, *values, self.run_id, errand.number, errand.state),
        ).rowcount
        if changed != 1:
            raise StateError(f"Errand {errand.number} is no longer {errand.state}.", code="batch_move")


def created_by_runs(connection: sqlite3.Connection, account: str, zendesk_ids: pl.Series) -> pl.Series:
    """Return those of some users, be they millions, whom a run of the account that is still there created."""
    parts = [pl.Series(dtype=pl.Int64)]
    if len(zendesk_ids):
        ids = zendesk_ids.sort().cast(pl.String).str.join(",").item()
        rows = connection.execute(_CREATED, (account, f"[{ids}]"))
        while some := rows.fetchmany(_ROWS_AT_ONCE):
            parts.append(pl.Series([row["zendesk_id"] for row in some], dtype=pl.Int64))
    return pl.concat(parts)


def _errand(row: sqlite3.Row) -> Errand:
    return Errand(
        number=row["number"],
        deed=Deed(row["deed"]),
        users=row["users"],
        state=BatchState(row["state"]),
        job_id=row["job_id"],
        attempts=row["attempts"],
        lost=row["lost"],
        sent=row["sent"],
        sent_at=datetime.fromisoformat(row["sent_at"]) if row["sent_at"] else None,
    )
