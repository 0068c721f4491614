"""What the tests of the simulator share: a clock to turn, and a caller that speaks JSON."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from zdpipe.simulator.accounts import Account
from zdpipe.simulator.messages import Request, Response
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.zendesk import Zendesk

MANY = "users/create_or_update_many"


@dataclass
class TurnedClock:
    at: datetime = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def turn(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


ADMIN = basic("admin@example.com/token", "simulator")


@dataclass
class World:
    """One account, its clock, and short ways to ask it."""

    settings: Settings = field(default_factory=Settings)
    account: Account = field(default_factory=Account)
    clock: TurnedClock = field(default_factory=TurnedClock)

    def __post_init__(self) -> None:
        self.zendesk = Zendesk(self.account, self.settings, self.clock)

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Response:
        path, _, query = path.partition("?")
        path = path if path.startswith("/") else f"/api/v2/{path}"
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.zendesk.handle(Request(method, path, query, ADMIN if headers is None else headers, sent))

    def get(self, path: str) -> Any:
        response = self.ask("GET", path)
        assert response.status == 200, response.body
        return json.loads(response.body)

    def submit(self, *users: Any) -> Any:
        response = self.ask("POST", MANY, {"users": list(users)})
        assert response.status == 200, response.body
        return json.loads(response.body)["job_status"]

    def write(self, *users: Any) -> list[Any]:
        """Send a job, let its time pass, and return its results."""
        job = self.submit(*users)
        self.clock.turn(max(self.settings.job_seconds, 1))
        return self.job(job["id"])["results"]

    def job(self, identity: str) -> Any:
        return self.get(f"job_statuses/{identity}")["job_status"]

    def user(self, external_id: str) -> Any:
        found = self.get(f"users/show_many?external_ids={external_id}")["users"]
        return found[0] if found else None

    def emails(self, user_id: int) -> list[tuple[str, bool]]:
        found = self.get(f"users/{user_id}/identities?type[]=email")["identities"]
        return [(identity["value"], identity["primary"]) for identity in found]

    def stats(self) -> Any:
        return self.get("/simulator/stats")


def document(response: Response) -> Any:
    return json.loads(response.body)
