"""The calls zdpipe makes to Zendesk."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, TypeVar

import httpx

from zdpipe import __version__
from zdpipe.clock import Clock
from zdpipe.zendesk.failures import (
    JobSlotsFull,
    NoRoom,
    NotTaken,
    Refused,
    RequestFailure,
    SignInRefused,
    Unsure,
    from_exception,
    from_response,
)
from zdpipe.zendesk.headers import read_budget, read_date, read_slots
from zdpipe.zendesk.limits import Limits
from zdpipe.zendesk.oauth import OAuth, without_body
from zdpipe.zendesk.pages import MOST_IDS, count, fields_page, portions, users_page, whole_users_page
from zdpipe.zendesk.wire import Identity, JobStatus, Me, User, read_identity, read_job, read_me, read_users

Parsed = TypeVar("Parsed")
Parameters = Mapping[str, str | list[str]]

# Seconds. Shorter waits for a permit are the pace itself.
LONG_WAIT = 5.0
BULK_WRITE = "users/create_or_update_many"
_END_USER = "end-user"
# A bulk call only queues a job, yet a busy account may take long to say so.
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
# Of an answer so many bytes are read, for so many seconds: each part of it may come just in time. The results
# of thirty jobs have half a megabyte.
_LONGEST_BODY = 64_000_000
_LONGEST_READING = 60.0
_ABOUT_THE_BODY = frozenset({"content-encoding", "content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a client does about permits for look-ups that take long: `told` hears of them, in seconds.

    A wait of more than `longest` seconds is raised as NoRoom instead.
    """

    told: Callable[[float], None] = lambda _: None
    longest: float = float("inf")

    def begins(self, seconds: float) -> None:
        """Tell about a wait, or raise NoRoom."""
        if seconds > self.longest:
            raise NoRoom(f"the account's limits leave no room for another {math.ceil(seconds)} seconds")
        if seconds >= LONG_WAIT:
            self.told(seconds)


class ZendeskClient:
    """One account; every call raises RequestFailure where it fails, and is counted in `requests`.

    `slots` is the number of jobs the account would still take, as the last bulk answer said it, and
    `most_slots` how many it takes at once.
    """

    def __init__(
        self,
        url: str,
        auth: httpx.Auth,
        transport: httpx.BaseTransport | None,
        limits: Limits,
        clock: Clock,
        waiting: Waiting | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=f"{url}/api/v2",
            auth=auth,
            transport=transport,
            timeout=_TIMEOUT,
            headers={"Accept": "application/json", "User-Agent": f"zdpipe/{__version__}"},
        )
        self._oauth = auth if isinstance(auth, OAuth) else None
        self._limits = limits
        self._clock = clock
        self._waiting = waiting or Waiting()
        self._server_time: tuple[datetime, float] | None = None
        self.requests = 0
        self.slots: int | None = None
        self.most_slots: int | None = None

    def __enter__(self) -> ZendeskClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def sign_in(self) -> None:
        """Ask for an access token where one is needed and none is at hand (POST oauth/tokens)."""
        if self._oauth is None or not self._oauth.is_due():
            return
        asked_at = self._clock.monotonic()
        try:
            response = self._exchange("POST", self._oauth.address, json=self._oauth.question(), auth=None)
        except RequestFailure as failure:
            if failure.answer is not None:
                raise without_body(failure) from None
            raise NotTaken(failure.message) from failure.__cause__
        self._oauth.take(response, asked_at)

    def me(self) -> Me:
        """Return who the credentials are (GET users/me, which answers anonymous callers too)."""
        return self._read("users/me", {}, read_me)

    def user_fields(self) -> list[dict[str, Any]]:
        """Return the account's custom user fields as Zendesk gives them (GET user_fields)."""
        fields: list[dict[str, Any]] = []
        parameters: dict[str, str] = {"page[size]": "100"}
        while True:
            page, after = self._read("user_fields", parameters, fields_page)
            fields += page
            if after is None:
                return fields
            parameters["page[after]"] = after

    def may_import(self) -> bool:
        """Ask whether bulk imports are let in, writing nobody: an empty list of users is refused as such.

        Raises Refused where it is the caller or the account that is refused.
        """
        self._wait_for_read()
        try:
            self._send("POST", BULK_WRITE, content=b'{"users":[]}')
        except JobSlotsFull:
            return True  # whoever is told to wait for a slot may have one
        except Refused as refused:
            if refused.status not in {400, 422} or isinstance(refused, SignInRefused):
                raise
        return True

    def permit_read(self) -> float:
        """Take the permit for one poll or look-up and return 0, or return the seconds to wait."""
        return self._limits.read()

    def permit_write(self, users: int) -> float:
        """Take the permit to write that many users and return 0, or return the seconds to wait."""
        return self._limits.write(users)

    def create_or_update_many(self, payloads: Sequence[str]) -> JobStatus:
        """Queue a job for at most 100 users, each the JSON text of one user object.

        Needs `permit_write` first.
        """
        answer = self._write(len(payloads), "POST", BULK_WRITE, content=_users_body(payloads))
        return self._understand(answer, lambda parsed: read_job(parsed["job_status"]))

    def update_many(self, payloads: Sequence[str]) -> JobStatus:
        """Queue a job that changes at most 100 users, each the JSON text of an object with Zendesk's `id`.

        Creates nobody (PUT users/update_many). Needs `permit_write` first.
        """
        answer = self._write(len(payloads), "PUT", "users/update_many", content=_users_body(payloads))
        return self._understand(answer, lambda parsed: read_job(parsed["job_status"]))

    def delete_user(self, user_id: int) -> None:
        """Delete a user softly (DELETE users/{id}); needs `permit_write` first."""
        self._write(1, "DELETE", f"users/{user_id}")

    def jobs(self, job_ids: Sequence[str]) -> list[JobStatus]:
        """Return the jobs Zendesk still knows of those asked for (GET job_statuses/show_many).

        Needs `permit_read` first. A 404, which a single forgotten job is answered with, counts as none.
        """
        try:
            return self._get(
                "job_statuses/show_many",
                {"ids": ",".join(job_ids)},
                lambda parsed: [read_job(job) for job in parsed["job_statuses"]],
            )
        except Refused as refused:
            if refused.status != 404 or isinstance(refused, SignInRefused):
                raise
            return []

    def staff(self) -> list[User]:
        """Return the account's agents and admins with all their identities (GET users by role).

        The list names no identities, so they are read by id.
        """
        ids: list[int] = []
        parameters: dict[str, str | list[str]] = {"role[]": ["agent", "admin"], "page[size]": "100"}
        while True:
            users, after = self._read("users", parameters, users_page)
            ids += [user.user_id for user in users]
            if after is None:
                break
            parameters["page[after]"] = after
        parts = (ids[start : start + MOST_IDS] for start in range(0, len(ids), MOST_IDS))
        return [user for some in parts for user in self.users(some)]

    def count_end_users(self) -> int | None:
        """Return how many end users the account has; None where Zendesk does not say (GET users by role)."""
        return self._read("users", {"role": _END_USER, "per_page": "1"}, count)

    def end_users(self, after: str | None = None) -> tuple[list[User], str | None]:
        """Return a page of at most 100 end users with all their identities, and the cursor of the next one.

        It takes a second request where the list leaves identities out (GET users by role).
        """
        parameters = {"role": _END_USER, "page[size]": str(MOST_IDS), "include": "identities"}
        if after is not None:
            parameters["page[after]"] = after
        users, following, complete = self._read("users", parameters, whole_users_page)
        return (users if complete or not users else self.users([user.user_id for user in users])), following

    def users(self, user_ids: Sequence[int]) -> list[User]:
        """Return at most 100 users by Zendesk's ids, in no particular order (GET users/show_many)."""
        return self._read(
            "users/show_many", {"ids": ",".join(map(str, user_ids)), "include": "identities"}, read_users
        )

    def users_of(self, external_ids: Sequence[str]) -> list[User]:
        """Return the users of these external_ids, in no particular order (GET users/show_many).

        An external_id with a comma, which separates them there, is looked up alone (GET users/search).
        """
        alone = [external_id for external_id in external_ids if "," in external_id]
        together = [external_id for external_id in external_ids if "," not in external_id]
        found = [user for external_id in alone for user in self._search({"external_id": external_id})]
        for some in portions(together):
            parameters = {"external_ids": ",".join(some), "include": "identities"}
            found += self._read("users/show_many", parameters, read_users)
        return found

    def users_with(self, email: str) -> list[User]:
        """Return the users who have an address, as primary or secondary one (GET users/search).

        The search looks into every property, so its hits are narrowed to those of the address.
        """
        found = self._search({"query": f'email:"{email}"'})
        return [user for user in found if user.has_email(email)]

    def _search(self, parameters: dict[str, str]) -> list[User]:
        return self._read("users/search", {**parameters, "include": "identities"}, read_users)

    def make_primary(self, user_id: int, identity_id: int) -> None:
        """Let an identity lead those of its kind (PUT users/{id}/identities/{id}/make_primary)."""
        self._wait_for(lambda: self._limits.write(1))
        started, answered = self._clock.monotonic(), False
        try:
            self._send("PUT", f"users/{user_id}/identities/{identity_id}/make_primary")
            answered = True
        finally:
            self._limits.users_sent(1, started, self._clock.monotonic(), answered=answered)

    def identities(self, user_id: int) -> list[Identity]:
        """Return the first 100 identities of a user, none of one who is gone (GET users/{id}/identities)."""
        try:
            return self._read(
                f"users/{user_id}/identities",
                {"page[size]": str(MOST_IDS)},
                lambda page: [read_identity(identity) for identity in page["identities"]],
            )
        except Refused as refused:
            if refused.status != 404 or isinstance(refused, SignInRefused):
                raise
            return []

    def delete_identity(self, user_id: int, identity_id: int) -> None:
        """Remove an address or a line; one that is gone already is no failure."""
        self._wait_for_read()
        try:
            self._send("DELETE", f"users/{user_id}/identities/{identity_id}")
        except Refused as refused:
            if refused.status != 404 or isinstance(refused, SignInRefused):
                raise

    def zendesk_time(self) -> datetime | None:
        """Return what the server's clock shows at least, by the last Date header; None before any answer."""
        if self._server_time is None:
            return None
        date, seen_at = self._server_time
        return date + timedelta(seconds=self._clock.monotonic() - seen_at)

    def _write(self, users: int, method: str, path: str, **how: Any) -> httpx.Response:
        started, answered = self._clock.monotonic(), False
        try:
            answer = self._send(method, path, **how)
            answered = True
        finally:
            self._limits.users_sent(users, started, self._clock.monotonic(), answered=answered)
        return answer

    def _read(self, path: str, parameters: Parameters, read: Callable[[Any], Parsed]) -> Parsed:
        self._wait_for_read()
        return self._get(path, parameters, read)

    def _wait_for_read(self) -> None:
        self._wait_for(self._limits.read)

    def _wait_for(self, permit: Callable[[], float]) -> None:
        while wait := permit():
            self._waiting.begins(wait)
            self._clock.sleep(wait)

    def _get(self, path: str, parameters: Parameters, read: Callable[[Any], Parsed]) -> Parsed:
        return self._understand(self._send("GET", path, params=parameters), read)

    def _send(self, method: str, path: str, **how: Any) -> httpx.Response:
        self.sign_in()
        try:
            return self._exchange(method, path, **how)
        except Refused as refused:
            if self._oauth is None or refused.status != 401:
                raise
        # Tokens can be revoked before their end. A 401 says that nothing was done.
        self._oauth.forget()
        self.sign_in()
        return self._exchange(method, path, **how)

    def _exchange(self, method: str, path: str, **how: Any) -> httpx.Response:
        headers = {} if method == "GET" else {"Content-Type": "application/json"}
        self.requests += 1
        try:
            with self._http.stream(method, path, headers=headers, **how) as stream:
                response = self._read_body(stream)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise from_exception(error) from error
        self._learn(response)
        if not response.is_success:
            failure = from_response(response, self._clock.now())
            failure.path = path
            self._heed(failure)
            raise failure
        return response

    def _read_body(self, response: httpx.Response) -> httpx.Response:
        """Read an answer up to a limit; what is longer is cut short, and cannot be understood any more."""
        body, until = bytearray(), self._clock.monotonic() + _LONGEST_READING
        for part in response.iter_bytes():
            body += part
            if len(body) > _LONGEST_BODY or self._clock.monotonic() > until:
                break
        headers = [pair for pair in response.headers.multi_items() if pair[0] not in _ABOUT_THE_BODY]
        return httpx.Response(
            response.status_code, headers=headers, content=bytes(body), request=response.request
        )

    def _heed(self, failure: RequestFailure) -> None:
        # Retry-After speaks of the account, except where only its job slots are full: polls go on then.
        if isinstance(failure, NotTaken) and not isinstance(failure, JobSlotsFull) and failure.retry_after:
            self._limits.pause(failure.retry_after)

    def _learn(self, response: httpx.Response) -> None:
        self._limits.learn(read_budget(response.headers))
        slots = read_slots(response.headers)
        self.slots = self.slots if slots.free is None else slots.free
        self.most_slots = slots.total or self.most_slots
        if (date := read_date(response.headers)) is not None:
            self._server_time = (date, self._clock.monotonic())

    def _understand(self, response: httpx.Response, read: Callable[[Any], Parsed]) -> Parsed:
        try:
            return read(response.json())
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            # A success that cannot be read may have done its work: the answer is lost, not the request.
            raise Unsure(f"Zendesk's answer cannot be read ({response.status_code}): {error!r}") from error


def _users_body(payloads: Sequence[str]) -> bytes:
    return f'{{"users":[{",".join(payloads)}]}}'.encode()
