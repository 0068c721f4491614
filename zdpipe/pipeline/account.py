"""The way into an account: credentials, limits, client, and the first question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zdpipe.errors import CredentialError, DestinationError
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.project.secret import Secret, read_secret
from zdpipe.state.locks import account_folder
from zdpipe.zendesk.auth import TokenAuth
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.failures import Refused, RequestFailure
from zdpipe.zendesk.limits import Limits
from zdpipe.zendesk.wire import Me

_STAFF = frozenset({"admin", "agent"})


@contextmanager
def open_account(bench: Workbench, destination: Destination) -> Iterator[ZendeskClient]:
    """Open a client for a destination; raises CredentialError before anything leaves the machine."""
    auth = _credentials(bench, destination)
    account = bench.account(destination)
    folder = account_folder(bench.shared_state(account), account)
    transport = bench.open_transport(destination)
    with (
        Limits(folder, destination.users_per_second, bench.clock) as limits,
        ZendeskClient(destination.url, auth, transport, limits, bench.clock) as client,
    ):
        yield client


def who_am_i(client: ZendeskClient, destination: Destination) -> Me:
    """Ask who the credentials are; raises CredentialError or DestinationError unless it is one of the staff.

    Zendesk answers users/me with 200 and an anonymous user where it did not recognize anybody.
    """
    try:
        me = client.me()
    except RequestFailure as failure:
        raise explain(failure, destination) from failure
    if me.user_id is None:
        raise CredentialError(
            f"{destination.account} answered, but took us for an anonymous visitor.",
            "Check the email address and the API token; the password of a person is not accepted.",
            code="anonymous",
        )
    if me.role not in _STAFF:
        raise CredentialError(
            f"The credentials belong to a user with the role {me.role!r}, who may not manage users.",
            "Use the token of an admin, or of an agent whose role may manage end users.",
            code="role",
        )
    return me


def explain(failure: RequestFailure, destination: Destination) -> CredentialError | DestinationError:
    """Turn a failed request into the error that ends the command, with its cure."""
    status = failure.status if isinstance(failure, Refused) else None
    if status == 401:
        return CredentialError(
            f"{destination.account} does not accept the credentials (401).",
            "Check the email address and the API token; Zendesk switches tokens off that idle for 30 days.",
            code="unauthorized",
        )
    if status == 403:
        return CredentialError(
            f"{destination.account} forbids this: {failure.message}",
            "Either the credentials' role may not manage users, or bulk user imports are not enabled: "
            "the account's owner asks Zendesk Support for that.",
            code="forbidden",
        )
    if status == 404:
        return DestinationError(
            f"{destination.account} has no Zendesk API where one is expected: {failure.message}",
            "Check subdomain or base_url in zdpipe.toml.",
            code="not_found",
        )
    return DestinationError(
        f"{destination.account} cannot be used now: {failure.message}",
        "Check the network and subdomain or base_url in zdpipe.toml, then: zdpipe check",
        code="unreachable",
    )


def _credentials(bench: Workbench, destination: Destination) -> TokenAuth:
    if destination.kind == "simulator":
        return TokenAuth(Secret("admin@example.com"), Secret("simulator"))
    email, token = destination.credentials()
    root = bench.project.root
    return TokenAuth(read_secret(email, bench.environment, root), read_secret(token, bench.environment, root))
