"""`zdpipe check`: can a destination be used, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass

from zdpipe.errors import ZdpipeError
from zdpipe.pipeline.account import explain, open_account, who_am_i
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.failures import RequestFailure


@dataclass(frozen=True, slots=True)
class Check:
    """One question to a destination and its answer."""

    name: str
    ok: bool
    message: str
    hint: str = ""


@dataclass(frozen=True)
class CheckReport:
    """What was asked, in order; the first refusal ends it."""

    destination: str
    account: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether every answer was good."""
        return all(check.ok for check in self.checks)


def check_destination(bench: Workbench, name: str | None = None) -> CheckReport:
    """Ask a destination who we are and whether it lets us read its user fields; nothing is written."""
    destination = bench.destination(name)
    done: list[Check] = []
    try:
        with open_account(bench, destination) as client:
            done.append(Check("credentials", True, "found"))
            me = who_am_i(client, destination)
            done.append(Check("identity", True, f"signed in with the role {me.role}"))
            done.append(Check("user fields", True, f"{_count_fields(client, destination)} custom fields"))
    except ZdpipeError as error:
        failed = ("credentials", "identity", "user fields")[len(done)]
        done.append(Check(failed, False, error.message, error.hint))
    return CheckReport(destination.name, destination.account, tuple(done))


def _count_fields(client: ZendeskClient, destination: Destination) -> int:
    try:
        return len(client.user_fields())
    except RequestFailure as failure:
        raise explain(failure, destination) from failure
