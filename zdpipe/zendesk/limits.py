"""The account's limits: users a second, requests a minute, shared by all processes of the machine."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Budget:
    """What the headers of an answer say of the requests left; None where they are silent."""

    limit: int | None
    remaining: int | None
    reset: float | None


class Limits:
    """Permits for users and requests, kept in one SQLite file per account.

    Reading (polls and look-ups) takes at most a third of the requests, so that it never starves writing.
    """

    def __init__(self, folder: Path, users_per_second: int, clock: Clock) -> None:
        self._clock = clock
        self._path = str(folder / "limits.sqlite")
        self._stack = ExitStack()
        self._limit = _ASSUMED_REQUESTS_PER_MINUTE
        self._blocked_until = 0.0
        self._pace = Pace(users_per_second, clock)
        self._users = self._bucket("users", users_per_second, _SECOND_MS)
        self._open_request_buckets()

    def __enter__(self) -> Limits:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def read(self) -> float:
        """Take the permit for one poll or look-up and return 0, or return the seconds to wait."""
        return self._blocked() or self._try(self._reads, 1) or self._try(self._requests, 1)

    def write(self, users: int) -> float:
        """Take the permits to write that many users and return 0, or return the seconds to wait.

        The permit for the users comes first: it grows back within a second, a request's takes a minute.
        """
        wait = self._blocked() or self._pace.wait(users)
        return wait or self._try(self._users, users) or self._try(self._requests, 1)

    def users_sent(self, count: int, started: float, ended: float) -> None:
        """Tell when a request with that many users started and was answered (monotonic seconds)."""
        self._pace.sent(count, started, ended)

    def learn(self, budget: Budget) -> None:
        """Adopt what an answer says of the account's limit."""
        if budget.limit and budget.limit != self._limit:
            self._limit = budget.limit
            self._open_request_buckets()
        if budget.remaining == 0 and budget.reset:
            self.pause(budget.reset)

    def pause(self, seconds: float) -> None:
        """Let no request leave for that long."""
        self._blocked_until = max(self._blocked_until, self._clock.monotonic() + seconds)

    def _open_request_buckets(self) -> None:
        # Two buckets over the same stored permits may differ in their rate: the file is the memory.
        self._requests = self._bucket("requests", self._limit, _MINUTE_MS)
        self._reads = self._bucket("reads", max(1, self._limit // 3), _MINUTE_MS)

    def _bucket(self, table: str, limit: int, interval_ms: int) -> SQLiteBucket:
        bucket = SQLiteBucket.init_from_file(
            [Rate(limit, interval_ms)], table=table, db_path=self._path, use_file_lock=True
        )
        self._stack.callback(bucket.close)
        return bucket

    def _blocked(self) -> float:
        return max(0.0, self._blocked_until - self._clock.monotonic())

    def _try(self, bucket: SQLiteBucket, weight: int) -> float:
        item = RateItem(bucket.table, int(self._clock.now().timestamp() * 1000), weight)
        bucket.leak(item.timestamp)
        if bucket.put(item):
            return 0.0
        wait = bucket.waiting(item)
        # A weight above the rate is answered with -1 and would otherwise look like a permit.
        if not isinstance(wait, int) or wait < 0:
            raise ValueError(f"{weight} permits at once never fit into {bucket.rates}")
        return max(wait, 1) / 1000


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
