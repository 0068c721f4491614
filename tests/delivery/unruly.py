"""A network that misbehaves on purpose between zdpipe and the simulated Zendesk."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from tests.clock import FakeClock

Handle = Callable[[httpx.Request], httpx.Response]
Trouble = Callable[[httpx.Request, Handle], httpx.Response]


class PowerCut(BaseException):
    """The process is gone: nothing after this runs."""


class Unruly(httpx.BaseTransport):
    """Hands requests on, except where trouble is due: by the number of the write, deed, poll or read, from 1.

    A deed changes or deletes users that are there.
    """

    def __init__(self, inner: httpx.BaseTransport, clock: FakeClock | None = None) -> None:
        self.inner = inner
        self._clock = clock
        self.on_write: dict[int, Trouble] = {}
        self.on_deed: dict[int, Trouble] = {}
        self.on_poll: dict[int, Trouble] = {}
        self.on_read: dict[int, Trouble] = {}
        self.on_request: Callable[[httpx.Request], None] | None = None
        self.refused_user: str | None = None
        self.up = self.down = 0.0
        self.writes: list[list[dict[str, Any]]] = []
        self.deeds = 0
        self.polls = 0
        self.reads = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.on_request is not None:
            self.on_request(request)
        trouble = None
        if request.url.path == "/oauth/tokens":
            return self._pass(request)
        if request.method == "POST":
            self.writes.append(json.loads(request.read())["users"])
            trouble = self.on_write.get(len(self.writes))
        elif request.method in {"PUT", "DELETE"}:
            self.deeds += 1
            trouble = self.on_deed.get(self.deeds)
        elif "job_statuses" in request.url.path:
            self.polls += 1
            trouble = self.on_poll.get(self.polls)
        else:
            self.reads += 1
            trouble = self.on_read.get(self.reads)
        return trouble(request, self._pass) if trouble else self._pass(request)

    def close(self) -> None:
        """Stay open: the account outlives the clients that talk to it."""

    def _pass(self, request: httpx.Request) -> httpx.Response:
        self._let_time_pass(self.up)
        response = self._refusal(request) or self.inner.handle_request(request)
        self._let_time_pass(self.down)
        return response

    def _refusal(self, request: httpx.Request) -> httpx.Response | None:
        """Refuse a write whole when that one user, named by external_id, is in it."""
        if request.method != "POST" or self.refused_user is None:
            return None
        users = json.loads(request.read())["users"]
        bad = any(user.get("external_id") == self.refused_user for user in users)
        return httpx.Response(422, text="This request cannot be processed") if bad else None

    def _let_time_pass(self, seconds: float) -> None:
        if self._clock is not None:
            self._clock.advance(seconds)


def lose_answer(request: httpx.Request, handle: Handle) -> httpx.Response:
    """It arrived and was done; nobody hears of it."""
    handle(request)
    raise httpx.ReadTimeout("The read operation timed out", request=request)


def lose_request(request: httpx.Request, handle: Handle) -> httpx.Response:
    """It left and never arrived; from here this looks the same."""
    raise httpx.WriteError("Broken pipe", request=request)


def refuse_connection(request: httpx.Request, handle: Handle) -> httpx.Response:
    raise httpx.ConnectError("Connection refused", request=request)


def garble_answer(request: httpx.Request, handle: Handle) -> httpx.Response:
    handle(request)
    return httpx.Response(200, text='{"job_status": {"id": "V3-')


def cut_power_before(request: httpx.Request, handle: Handle) -> httpx.Response:
    raise PowerCut


def cut_power_after(request: httpx.Request, handle: Handle) -> httpx.Response:
    handle(request)
    raise PowerCut


def answering(status: int, body: object = "", **headers: str) -> Trouble:
    def answer(request: httpx.Request, handle: Handle) -> httpx.Response:
        text = body if isinstance(body, str) else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.Response(status, text=text, headers=named)

    return answer


def failing_behind(status: int) -> Trouble:
    """The work is queued and the answer says otherwise, as a gateway in between may do."""

    def answer(request: httpx.Request, handle: Handle) -> httpx.Response:
        handle(request)
        return httpx.Response(status, text="Bad gateway")

    return answer


def editing_jobs(edit: Callable[[list[Any]], object]) -> Trouble:
    """Change the answer of a poll."""

    def answer(request: httpx.Request, handle: Handle) -> httpx.Response:
        body = handle(request).json()
        edit(body["job_statuses"])
        return httpx.Response(200, json=body)

    return answer


SLOTS_FULL = answering(
    429,
    {"error": "TooManyJobs", "description": "Too many jobs are queued or running.", "current_job_ids": []},
)
forget_jobs = editing_jobs(lambda jobs: jobs.clear())


def change_jobs(**changes: Any) -> Trouble:
    return editing_jobs(lambda jobs: [job.update(changes) for job in jobs])


def reverse_results(request: httpx.Request, handle: Handle) -> httpx.Response:
    return editing_jobs(lambda jobs: [job["results"].reverse() for job in jobs if job["results"]])(
        request, handle
    )
