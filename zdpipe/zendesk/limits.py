"""The account's limits: users a second, requests a minute, shared by all processes of the machine."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import TracebackType

from filelock import FileLock
from pyrate_limiter import Rate, RateItem, SQLiteBucket

from zdpipe.clock import Clock
from zdpipe.errors import StateError
from zdpipe.zendesk.failures import LONGEST_OBEYED
from zdpipe.zendesk.headers import Budget
from zdpipe.zendesk.pace import Pace
from zdpipe.zendesk.standing import Standing

# Until an answer tells, assume the smallest current plan (Zendesk rate limits page: Suite Team).
ASSUMED_REQUESTS_PER_MINUTE = 200
_FILE = "limits.sqlite"
_MINUTE_MS = 60_000
_SECOND_MS = 1_000
# Processes read the clock a moment before they write; a permit further ahead tells of a clock set back.
_AHEAD_MS = 1_000


class Limits:
    """Permits for users and requests, kept in one SQLite file per account.

    Reading (polls and look-ups) takes at most a third of the requests, so that it never starves writing.
    The stored permits know no limit of their own: what an answer teaches applies to those taken before.
    Everything raises StateError where the file cannot be kept; a damaged one is made anew.
    """

    def __init__(self, folder: Path, users_per_second: int, clock: Clock) -> None:
        self._clock = clock
        self._path = folder / _FILE
        self._stack = ExitStack()
        self._paused_until = clock.monotonic()
        self._pace = Pace(users_per_second, clock)
        with self._kept():
            self._open(users_per_second)
            self._limit = 0
            self._adopt_limit()
            self._recall_pace(users_per_second)

    def __enter__(self) -> Limits:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def read(self) -> float:
        """Take the permit for one poll or look-up and return 0, or return the seconds to wait."""
        with self._kept():
            wait = self._wait_for_zendesk() or self._until_room(self._requests) or self._try(self._reads, 1)
            return wait or self._take_request()

    def write(self, users: int) -> float:
        """Take the permits to write that many users and return 0, or return the seconds to wait.

        Room for the request is looked for first, so that no permit for users is spent on waiting.
        """
        with self._kept():
            wait = self._wait_for_zendesk() or self._pace.wait(users) or self._until_room(self._requests)
            wait = wait or self._try(self._users, users) or self._take_request()
            if not wait:
                self._standing.wrote(self._now())
            return wait

    def users_sent(self, count: int, started: float, ended: float, *, answered: bool) -> None:
        """Tell when a request with that many users started and ended (monotonic seconds)."""
        self._pace.sent(count, started, ended, answered=answered)
        with self._kept():
            self._standing.answered(self._now())

    def learn(self, budget: Budget) -> None:
        """Adopt what an answer says of the account's limit."""
        with self._kept():
            self._standing.learn(budget, self._now())
            self._adopt_limit()

    def pause(self, seconds: float) -> None:
        """Let no request leave for that long, from whichever process; for 15 minutes at most."""
        seconds = min(seconds, LONGEST_OBEYED)
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)
        with self._kept():
            self._standing.pause(self._now(), seconds)

    def _open(self, users_per_second: int) -> None:
        # One process at a time looks for damage, so that none throws away what another one just made.
        with FileLock(self._path.with_name("limits.making.lock"), mode=0o600):
            if _is_damaged(self._path):
                for path in self._path.parent.glob(f"{self._path.name}*"):
                    path.unlink()
            for path in (self._path, self._path.with_name(f"{self._path.name}.lock")):
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._standing = Standing(self._path)
            self._stack.callback(self._standing.close)
            self._users = self._bucket("users", users_per_second, _SECOND_MS)
            self._requests = self._bucket("requests", 1, _MINUTE_MS)
            self._reads = self._bucket("reads", 1, _MINUTE_MS)

    def _bucket(self, table: str, limit: int, interval_ms: int) -> SQLiteBucket:
        bucket = SQLiteBucket.init_from_file(
            [Rate(limit, interval_ms)], table=table, db_path=str(self._path), use_file_lock=True
        )
        self._stack.callback(bucket.close)
        return bucket

    def _adopt_limit(self) -> None:
        limit = self._standing.requests_per_minute() or ASSUMED_REQUESTS_PER_MINUTE
        if limit != self._limit:
            self._limit = limit
            self._requests.rates = [Rate(limit, _MINUTE_MS)]
            self._reads.rates = [Rate(_reads_a_minute(limit), _MINUTE_MS)]

    def _recall_pace(self, users_per_second: int) -> None:
        """Leave a second between the last users of an earlier process and our first ones."""
        ago = max(-1.0, self._now() - self._standing.last_arrival())
        at = self._clock.monotonic() - ago
        self._pace.sent(users_per_second, at, at, answered=False)

    def _wait_for_zendesk(self) -> float:
        self._adopt_limit()
        own = max(0.0, self._paused_until - self._clock.monotonic())
        return max(own, self._standing.wait(self._now()))

    def _take_request(self) -> float:
        wait = self._try(self._requests, 1)
        if not wait:
            self._standing.spend()
        return wait

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _now_ms(self) -> int:
        return int(self._now() * 1000)

    def _until_room(self, bucket: SQLiteBucket) -> float:
        """Return the seconds until one more permit fits, taking none."""
        oldest = bucket.peek(bucket.rates[0].limit - 1)
        if oldest is None:
            return 0.0
        wait = oldest.timestamp + bucket.rates[0].interval + 1 - self._now_ms()
        # The permits of a clock that was set back are left to _try, which mends them.
        return wait / 1000 if 0 < wait <= bucket.rates[0].interval else 0.0

    def _try(self, bucket: SQLiteBucket, weight: int) -> float:
        item = RateItem(bucket.table, self._now_ms(), weight)
        bucket.leak(item.timestamp)
        _pull_back(bucket, item.timestamp)
        if bucket.put(item):
            return 0.0
        wait = bucket.waiting(item)
        # A weight above the rate is answered with -1 and would otherwise look like a permit.
        if not isinstance(wait, int) or wait < 0:
            raise ValueError(f"{weight} permits at once never fit into {bucket.rates}")
        return max(wait, 1) / 1000

    @contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StateError(
                f"The account's limits in {self._path} cannot be kept: {error}.",
                "See that its disk has room and its folder is writable for you.",
                code="limits_file",
            ) from error


def writes_a_minute(limit: int) -> int:
    """Return how many of an account's requests a minute write, while others poll and look up."""
    return max(1, limit - _reads_a_minute(limit))


def learned_limit(folder: Path) -> int | None:
    """Return the requests a minute that Zendesk told for the account of a folder, changing nothing.

    None while nobody was told; a file that cannot be read tells nothing, and the next run makes it anew.
    """
    try:
        with closing(sqlite3.connect(f"{(folder / _FILE).as_uri()}?mode=ro", uri=True)) as connection:
            return Standing.told(connection)
    except sqlite3.Error:
        return None


def _reads_a_minute(limit: int) -> int:
    return max(1, limit // 3)


def _is_damaged(path: Path) -> bool:
    """Tell whether a file is none of SQLite's, broken, or an older zdpipe's with other columns."""
    if not path.exists():
        return False
    try:
        standing = Standing(path)
    except sqlite3.DatabaseError as error:
        return _tells_of_damage(error)
    try:
        return standing.check() != "ok"
    except sqlite3.DatabaseError as error:
        return _tells_of_damage(error)
    finally:
        standing.close()


def _tells_of_damage(error: sqlite3.DatabaseError) -> bool:
    if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return True
    return "no such" in str(error)


def _pull_back(bucket: SQLiteBucket, now: int) -> None:
    """Move permits out of the future: a clock that ran ahead and was set back must not block for as long."""
    newest = bucket.peek(0)
    if newest is None or newest.timestamp <= now + _AHEAD_MS:
        return
    with bucket.lock:
        bucket.conn.execute(
            f"UPDATE '{bucket.table}' SET item_timestamp = ? WHERE item_timestamp > ?", (now, now)
        ).close()
        bucket.conn.commit()
