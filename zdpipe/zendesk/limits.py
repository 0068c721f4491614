"""The account's limits: users a second, requests a minute, shared by all processes of the machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from pyrate_limiter import Rate, RateItem, SQLiteBucket

from zdpipe.clock import Clock
from zdpipe.zendesk.pace import Pace

# Until an answer tells, assume the smallest current plan (Zendesk rate limits page: Suite Team).
_ASSUMED_REQUESTS_PER_MINUTE = 200
_MINUTE_MS = 60_000
_SECOND_MS = 1_000
# Processes read the clock a moment before they write; a permit further ahead tells of a clock set back.
_AHEAD_MS = 1_000


@dataclass(frozen=True, slots=True)
class Budget:
    """What the headers of an answer say of the requests left; None where they are silent."""

    limit: int | None
    remaining: int | None
    reset: float | None


class Limits:
    """Permits for users and requests, kept in one SQLite file per account.

    Reading (polls and look-ups) takes at most a third of the requests, so that it never starves writing.
    The stored permits know no limit of their own: what an answer teaches applies to those taken before.
    """

    def __init__(self, folder: Path, users_per_second: int, clock: Clock) -> None:
        self._clock = clock
        self._path = folder / "limits.sqlite"
        self._stack = ExitStack()
        self._limit = _ASSUMED_REQUESTS_PER_MINUTE
        self._blocked_until = clock.monotonic()
        self._pace = Pace(users_per_second, clock)
        self._touch_private()
        self._users = self._bucket("users", users_per_second, _SECOND_MS)
        self._requests = self._bucket("requests", self._limit, _MINUTE_MS)
        self._reads = self._bucket("reads", _share_of_reads(self._limit), _MINUTE_MS)

    def __enter__(self) -> Limits:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def read(self) -> float:
        """Take the permit for one poll or look-up and return 0, or return the seconds to wait."""
        wait = self._blocked() or self._until_room(self._requests)
        return wait or self._try(self._reads, 1) or self._try(self._requests, 1)

    def write(self, users: int) -> float:
        """Take the permits to write that many users and return 0, or return the seconds to wait.

        Room for the request is looked for first, so that no permit for users is spent on waiting.
        """
        wait = self._blocked() or self._pace.wait(users) or self._until_room(self._requests)
        return wait or self._try(self._users, users) or self._try(self._requests, 1)

    def users_sent(self, count: int, started: float, ended: float, *, answered: bool) -> None:
        """Tell when a request with that many users started and ended (monotonic seconds)."""
        self._pace.sent(count, started, ended, answered=answered)

    def learn(self, budget: Budget) -> None:
        """Adopt what an answer says of the account's limit."""
        if budget.limit and budget.limit != self._limit:
            self._limit = budget.limit
            self._requests.rates = [Rate(budget.limit, _MINUTE_MS)]
            self._reads.rates = [Rate(_share_of_reads(budget.limit), _MINUTE_MS)]
        if budget.remaining == 0 and budget.reset:
            self.pause(budget.reset)

    def pause(self, seconds: float) -> None:
        """Let no request leave for that long."""
        self._blocked_until = max(self._blocked_until, self._clock.monotonic() + seconds)

    def _touch_private(self) -> None:
        for path in (self._path, self._path.with_name(f"{self._path.name}.lock")):
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))

    def _bucket(self, table: str, limit: int, interval_ms: int) -> SQLiteBucket:
        bucket = SQLiteBucket.init_from_file(
            [Rate(limit, interval_ms)], table=table, db_path=str(self._path), use_file_lock=True
        )
        self._stack.callback(bucket.close)
        return bucket

    def _blocked(self) -> float:
        return max(0.0, self._blocked_until - self._clock.monotonic())

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

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


def _share_of_reads(limit: int) -> int:
    return max(1, limit // 3)


def read_budget(headers: Mapping[str, str]) -> Budget:
    """Read the limit from any of the spellings met in Zendesk's answers (rate limits page, recordings)."""
    return Budget(
        limit=_first(headers, "x-rate-limit", "ratelimit-limit", "rate-limit"),
        remaining=_first(headers, "x-rate-limit-remaining", "ratelimit-remaining", "rate-limit-remaining"),
        reset=_first(headers, "ratelimit-reset", "rate-limit-reset"),
    )


def _first(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        text = headers.get(name, "")
        if text.isdigit():
            return int(text)
    return None
