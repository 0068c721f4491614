"""The simulated Zendesk: one function from request to response."""

from __future__ import annotations

import re
import sqlite3
import uuid
from collections.abc import Callable
from datetime import datetime

from zdpipe.simulator.accounts import Account
from zdpipe.simulator.auth import is_admin, is_nobody
from zdpipe.simulator.calls import Call, Endpoint
from zdpipe.simulator.fields import add_field, spec_as_sent
from zdpipe.simulator.jobs import run_due_jobs
from zdpipe.simulator.limits import spend_request, too_many_requests
from zdpipe.simulator.messages import (
    Refusal,
    Request,
    Response,
    invalid_endpoint,
    json_response,
    method_not_allowed,
    not_authenticated,
)
from zdpipe.simulator.people import EMAIL, People
from zdpipe.simulator.properties import apply_properties, new_user
from zdpipe.simulator.reads import (
    list_fields,
    list_identities,
    list_jobs,
    list_users,
    search,
    show_job,
    show_many_jobs,
    show_many_users,
    show_me,
    show_nobody,
    show_user,
)
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.stats import account_stats, count_request, count_users
from zdpipe.simulator.times import http_date, utc_now
from zdpipe.simulator.writes import create_field, create_or_update, create_or_update_many, users_brought

STATS = "/simulator/stats"
ROUTES: dict[str, dict[str, Endpoint]] = {
    r"users/me": {"GET": show_me},
    r"users/create_or_update_many": {"POST": create_or_update_many},
    r"users/create_or_update": {"POST": create_or_update},
    r"users/show_many": {"GET": show_many_users},
    r"users/search": {"GET": search},
    r"users": {"GET": list_users},
    r"users/(\d{1,18})": {"GET": show_user},
    r"users/(\d{1,18})/identities": {"GET": list_identities},
    r"job_statuses/show_many": {"GET": show_many_jobs},
    r"job_statuses": {"GET": list_jobs},
    r"job_statuses/([\w-]+)": {"GET": show_job},
    r"user_fields": {"GET": list_fields, "POST": create_field},
}


class Zendesk:
    """One simulated account that answers requests; safe to call from several threads.

    `now` is the account's wall clock, in UTC. A new account starts with its admin and the custom fields of
    the settings.
    """

    def __init__(
        self, account: Account, settings: Settings | None = None, now: Callable[[], datetime] = utc_now
    ) -> None:
        self.account = account
        self.settings = settings or Settings()
        self._now = now
        self._move_in()

    def handle(self, request: Request) -> Response:
        """Answer one request. This is the only door: what is committed when it returns is what happened."""
        arrived = self._now().timestamp()
        with self.account.transaction() as db:
            response = self._answer(db, request, arrived)
        identity = uuid.uuid4().hex
        return response.with_headers(
            {"Date": http_date(arrived), "X-Request-Id": identity, "X-Zendesk-Request-Id": identity}
        )

    def close(self) -> None:
        """Close the account's storage."""
        self.account.close()

    def _answer(self, db: sqlite3.Connection, request: Request, now: float) -> Response:
        run_due_jobs(db, now, self.settings)
        if request.path == STATS:
            return json_response(200, account_stats(db))
        allowed, headers = spend_request(db, now, self.settings)
        try:
            response = (
                self._route(Call(db, request, now, self.settings)) if allowed else too_many_requests(headers)
            )
        except Refusal as refusal:
            response = refusal.response
        if response.status != 401:
            count_users(db, users_brought(request), now, accepted=response.status < 400)
        count_request(db, request.method, now, refused=response.status == 429)
        return response.with_headers(headers)

    def _route(self, call: Call) -> Response:
        path = re.fullmatch(r"/api/v2/(.+?)(\.json)?/?", call.request.path)
        if path is None:
            return invalid_endpoint()
        for pattern, endpoints in ROUTES.items():
            match = re.fullmatch(pattern, path[1])
            if match:
                return self._serve(call, endpoints, match.group(1) if match.groups() else "")
        return invalid_endpoint()

    def _serve(self, call: Call, endpoints: dict[str, Endpoint], identity: str) -> Response:
        method = call.request.method
        endpoint = endpoints.get("GET" if method == "HEAD" else method)
        if endpoint is None:
            return method_not_allowed(", ".join(endpoints))
        if endpoint is show_me and is_nobody(call.request):
            return show_nobody()
        if not is_admin(call.request, self.settings):
            return not_authenticated()
        return endpoint(Call(call.db, call.request, call.now, call.settings, identity))

    def _move_in(self) -> None:
        """Give a new account its admin and custom fields; an account that has users is left as it is."""
        at = self._now().timestamp()
        with self.account.transaction() as db:
            if db.execute("SELECT 1 FROM users LIMIT 1").fetchone():
                return
            for spec in self.settings.user_fields:
                add_field(db, spec_as_sent(spec), at)
            people = People(db, (), (), ())
            admin = people.add(new_user(at))
            apply_properties(admin.body, {"name": "Simulator Admin", "role": "admin"})
            people.add_identity(admin, EMAIL, self.settings.admin_email, verified=True, at=at)
            admin.body.update(email=self.settings.admin_email, verified=True)
            people.save()
