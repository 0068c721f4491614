"""The way into an account: credentials, limits, client, and the first question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TypeVar

import httpx

from zdpipe.delivery.patience import Patience
from zdpipe.errors import CredentialError
from zdpipe.model.progress import LIMITS
from zdpipe.pipeline.refused import explain
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.project.secret import Secret, read_secrets
from zdpipe.state.locks import account_folder
from zdpipe.zendesk.auth import TokenAuth
from zdpipe.zendesk.client import Waiting, ZendeskClient
from zdpipe.zendesk.failures import NotTaken, RequestFailure, Unsure
from zdpipe.zendesk.limits import Limits
from zdpipe.zendesk.oauth import OAuth
from zdpipe.zendesk.wire import Me

Answer = TypeVar("Answer")

# Zendesk, "Migrating from API tokens to OAuth".
TOKENS_END = date(2027, 4, 30)
_NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)
_STAFF = frozenset({"admin", "agent"})


@contextmanager
def open_account(
    bench: Workbench, destination: Destination, *, longest_wait: float = float("inf")
) -> Iterator[ZendeskClient]:
    """Open a client for a destination; raises CredentialError before anything leaves the machine.

    A look-up that has to wait for more than `longest_wait` seconds raises NoRoom.
    """
    auth = _credentials(bench, destination)
    account = bench.account(destination)
    folder = account_folder(bench.shared_state(account), account)
    transport = bench.open_transport(destination)
    waiting = Waiting(lambda seconds: bench.progress.waiting(LIMITS, seconds), longest_wait)
    with (
        Limits(folder, destination.users_per_second, bench.clock) as limits,
        ZendeskClient(destination.url, auth, transport, limits, bench.clock, waiting) as client,
    ):
        yield client


def who_am_i(bench: Workbench, client: ZendeskClient, destination: Destination, *, first_contact: bool) -> Me:
    """Ask who the credentials are; raises CredentialError or DestinationError unless it is one of the staff.

    An account that is down is waited for, with the patience of `patiently`.
    """
    return one_of_the_staff(asked(bench, destination, client.me, first_contact=first_contact), destination)


def one_of_the_staff(me: Me, destination: Destination) -> Me:
    """Raise CredentialError for whom Zendesk took for a visitor, and for who may not manage users.

    It answers users/me with 200 and an anonymous user where it did not recognize anybody.
    """
    if me.user_id is None:
        raise CredentialError(
            f"{destination.account} answered, but took us for an anonymous visitor.",
            "Check the email address and the API token; the password of a person is not accepted.",
            code="anonymous",
        )
    if me.role not in _STAFF:
        raise CredentialError(
            f"The credentials belong to a user with the role {me.role!r}, who may not manage users.",
            "Use the credentials of an admin, or of an agent whose role may manage end users.",
            code="role",
        )
    return me


def asked(
    bench: Workbench, destination: Destination, question: Callable[[], Answer], *, first_contact: bool = False
) -> Answer:
    """Ask an account with the patience of `patiently`; a failure is raised as `explain` words it."""
    try:
        return patiently(bench, question, first_contact=first_contact)
    except RequestFailure as failure:
        raise explain(failure, destination) from failure


def patiently(bench: Workbench, ask: Callable[[], Answer], *, first_contact: bool = False) -> Answer:
    """Ask until there is an answer, and raise what outlasts all patience.

    On first contact a connection that does not come about is more often a wrong address than an outage, and
    nothing was sent that would have to be finished: it is raised at once.
    """
    patience = Patience(bench.clock)
    while True:
        try:
            return ask()
        except (NotTaken, Unsure) as failure:
            if first_contact and isinstance(failure.__cause__, _NOT_REACHED):
                raise
            seconds = patience.wait_after(failure)
            bench.progress.waiting(failure.message, seconds)
            bench.clock.sleep(seconds)


def token_warning(destination: Destination, today: date) -> str | None:
    """Return what a destination that signs in with an API token has to expect, None for others."""
    if destination.way_in != "token" or destination.is_on_this_machine:
        return None
    cure = f"Give [destinations.{destination.name}] an OAuth client: client_id and client_secret."
    if today > TOKENS_END:
        return f"Zendesk accepts no API tokens since {TOKENS_END}. {cure}"
    left = (TOKENS_END - today).days
    return f"Zendesk accepts API tokens until {TOKENS_END} only ({left} days). {cure}"


def _credentials(bench: Workbench, destination: Destination) -> httpx.Auth:
    if destination.kind == "simulator":
        return TokenAuth(Secret("admin@example.com"), Secret("simulator"))
    first, second = read_secrets(destination.credentials(), bench.environment, bench.project.root)
    if destination.way_in == "oauth":
        return OAuth(destination.url, first, second, bench.clock)
    return TokenAuth(first, second)
