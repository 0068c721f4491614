"""A project with two accounts, one to try things in and one that is protected."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from tests.delivery.unruly import Unruly
from tests.delivery.world import ADMIN
from tests.pipeline.world import DESTINATION, QUERY, World
from zdpipe.model.promotion import Promotion
from zdpipe.pipeline.promote import approve, examine_promotion
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.simulator.settings import CUSTOMER_FIELDS, FieldSpec, Settings
from zdpipe.simulator.transport import embedded

SANDBOX, PRODUCTION = "http://127.0.0.1:8001", "http://127.0.0.1:8002"
FIELDS = tuple(replace(spec) for spec in CUSTOMER_FIELDS if spec.key == "city")


class TwoAccounts(World):
    """`sandbox` and a protected `production`, accounts in memory; the first is the default."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.simulator.close()
        self.networks: dict[str, Unruly] = {}
        self.open()

    def open(
        self,
        sandbox: tuple[FieldSpec, ...] = FIELDS,
        production: tuple[FieldSpec, ...] = FIELDS,
        **settings: Any,
    ) -> None:
        """Found both accounts anew with these custom fields; `settings` are those of production."""
        self.close()
        for name, fields, more in (("sandbox", sandbox, {}), ("production", production, settings)):
            inner = embedded(Settings(user_fields=fields, **more), None, self.clock.true_now)
            self.networks[name] = Unruly(inner, self.clock)
        self.accounts()

    def accounts(self, more: str = "") -> None:
        """Write zdpipe.toml anew."""
        tables = [
            DESTINATION.format(name=name, url=url, pace=100)
            for name, url in (("sandbox", SANDBOX), ("production", PRODUCTION))
        ]
        text = f'[source]\ndatabase = "data.duckdb"\n{"".join(tables)}protected = true\n'
        self.write("zdpipe.toml", f'{text}\n[defaults]\ndestination = "sandbox"\n{more}')

    def bench_of(self, folder: Path) -> Workbench:
        def open_transport(destination: Destination) -> httpx.BaseTransport:
            return self.networks["sandbox" if destination.url == SANDBOX else "production"]

        return replace(super().bench_of(folder), open_transport=open_transport)

    def look(self, query: Path = QUERY, **how: Any) -> Promotion:
        return examine_promotion(self.bench, query, "sandbox", "production", **how)

    def promote(self, query: Path = QUERY, by: str = "jane") -> Promotion:
        promotion = self.look(query)
        assert promotion.may_be_approved, promotion.obstacles
        return approve(self.bench, promotion, by)

    def call(self, name: str, method: str, path: str, body: Any = None) -> Any:
        """Do something to an account itself, past the network."""
        request = httpx.Request(
            method, f"{PRODUCTION}/api/v2/{path}", headers={"authorization": ADMIN}, json=body
        )
        answer = self.networks[name].inner.handle_request(request)
        assert answer.is_success, answer.text
        return answer.json()

    def create_user(self, name: str, user: dict[str, Any]) -> None:
        self.call(name, "POST", "users", {"user": user})

    def users(self, name: str) -> int:
        """Count the end users of an account."""
        return int(self.call(name, "GET", "users?role=end-user&per_page=1")["count"])

    def close(self) -> None:
        for network in getattr(self, "networks", {}).values():
            network.inner.close()


def two_accounts(folder: Path) -> closing[TwoAccounts]:
    return closing(TwoAccounts(folder))
