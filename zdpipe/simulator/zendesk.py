"""The simulated Zendesk: one function from request to response."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from zdpipe.simulator.accounts import Account
from zdpipe.simulator.calls import Call
from zdpipe.simulator.controls import CONTROLS
from zdpipe.simulator.faults import read_script
from zdpipe.simulator.founding import found_account
from zdpipe.simulator.jobs import run_due_jobs
from zdpipe.simulator.kinds import kind_of
from zdpipe.simulator.limits import spend_request, too_many_requests
from zdpipe.simulator.messages import Request, Response
from zdpipe.simulator.mishaps import Outcome, carried_out, refused
from zdpipe.simulator.routes import route
from zdpipe.simulator.scripts import draw, follow, go_on_with
from zdpipe.simulator.sent import users_sent
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.stats import count_request, count_users
from zdpipe.simulator.times import http_date, utc_now


class Zendesk:
    """One simulated account that answers requests; safe to call from several threads.

    `now` is the account's wall clock, in UTC. A new account starts with its admin and the custom fields of
    the settings. `faults` is a document to follow; an account that follows it already goes on where it was.
    """

    def __init__(
        self,
        account: Account,
        settings: Settings | None = None,
        now: Callable[[], datetime] = utc_now,
        faults: object = None,
    ) -> None:
        script = None if faults is None else read_script(faults)
        self.account = account
        self.settings = settings or Settings()
        self._now = now
        with account.transaction() as db:
            found_account(db, self.settings, now().timestamp())
            if script is not None:
                go_on_with(db, script)

    def handle(self, request: Request) -> Response:
        """Answer one request. This is the only door: what is committed when it returns is what happened."""
        arrived = self._now().timestamp()
        with self.account.transaction() as db:
            response = self._answer(db, request, arrived)
        identity = uuid.uuid4().hex
        return response.with_headers(
            {"Date": http_date(arrived), "X-Request-Id": identity, "X-Zendesk-Request-Id": identity}
        ).sent()

    def script(self, document: object) -> None:
        """Follow a faults document from now on, in place of an earlier one; raises BadFaults."""
        script = read_script(document)
        with self.account.transaction() as db:
            follow(db, script)

    def close(self) -> None:
        """Close the account's storage."""
        self.account.close()

    def _answer(self, db: sqlite3.Connection, request: Request, now: float) -> Response:
        run_due_jobs(db, now, self.settings)
        call = Call(db, request, now, self.settings)
        if request.path in CONTROLS:
            return CONTROLS[request.path](call)
        if kind_of(request.method, request.path) == "token":  # no part of the API that is limited
            return carried_out(draw(db, request, users_sent), call, route).given
        allowed, headers = spend_request(db, now, self.settings)
        if allowed:
            outcome = carried_out(draw(db, request, users_sent), call, route)
        else:
            outcome = refused(too_many_requests(headers))
        _count(call, outcome)
        return outcome.given.with_headers(headers)


def _count(call: Call, outcome: Outcome) -> None:
    done, given = outcome.done, outcome.given
    if (done or given).status != 401:
        users = len(users_sent(call.request))
        count_users(call.db, users, call.now, accepted=done is not None and done.status < 400)
    count_request(call.db, call.request.method, call.now, refused=given.status == 429)


def opened(
    state: Path | None,
    settings: Settings | None = None,
    now: Callable[[], datetime] = utc_now,
    faults: object = None,
) -> Zendesk:
    """Open the account kept in a file, or a new one in memory when there is none."""
    account = Account(state)
    try:
        return Zendesk(account, settings, now, faults)
    except BaseException:
        account.close()
        raise
