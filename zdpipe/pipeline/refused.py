"""A request that failed, told with its cause and its cure."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from zdpipe.errors import CredentialError, DestinationError
from zdpipe.project.destination import Destination
from zdpipe.zendesk.client import BULK_WRITE
from zdpipe.zendesk.failures import NoRoom, Refused, RequestFailure, SignInRefused
from zdpipe.zendesk.oauth import SCOPE

_ENABLING = (
    "Bulk user imports are off until the account's owner asks Zendesk Support to enable them; "
    "then look again with: zdpipe check"
)
_ELSE = "see whether allowed IP addresses, a proxy or the account's state stand in the way."
_ROLE = "Use the credentials of an admin, or of an agent whose role may manage end users."


def explain(
    failure: RequestFailure, destination: Destination, role: str | None = None
) -> CredentialError | DestinationError:
    """Turn a failed request into the error that ends the command, with its cure.

    `role` is the one of the credentials where it is known already, which tells two kinds of 403 apart.
    """
    account = destination.account
    if isinstance(failure, SignInRefused):
        return _no_token(failure, account)
    if isinstance(failure, NoRoom):
        return DestinationError(
            f"{account} is to be left alone for a while: {failure.message}.",
            "Wait as long; an earlier answer of Zendesk's asked for it.",
            code="limits",
        )
    status = failure.status if isinstance(failure, Refused) else None
    if status == 401:
        return CredentialError(
            f"{account} does not accept the credentials (401).",
            _check_credentials(destination),
            code="unauthorized",
        )
    if status == 403:
        return _forbidden(failure, account, role)
    if status == 404:
        return DestinationError(
            f"{account} has no Zendesk API where one is expected: {failure.message}",
            "Check subdomain or base_url in zdpipe.toml.",
            code="not_found",
        )
    return _unusable(failure, account)


def is_about_tls(failure: RequestFailure) -> bool:
    """Tell whether no trusted connection came about, although the host is there."""
    return any(isinstance(cause, ssl.SSLError) for cause in _causes(failure))


def _no_token(failure: SignInRefused, account: str) -> CredentialError:
    if failure.answer is not None and failure.answer.error == "scope":
        return CredentialError(
            f"{account} gave an access token that is not enough: {failure.message}",
            f"Allow the OAuth client the scopes {SCOPE!r}.",
            code="scope",
        )
    return CredentialError(
        f"{account} gives no access token: {failure.message}",
        "Check client_id and client_secret; the OAuth client must be a confidential one, of this account.",
        code="oauth_client",
    )


def _check_credentials(destination: Destination) -> str:
    if destination.way_in == "oauth":
        return (
            "Zendesk took back a token it had just given; look at the OAuth client and its user in Zendesk."
        )
    return (
        "Check the email address and the API token; Zendesk switches tokens off that idle for 30 days, "
        "and OAuth client credentials replace them (client_id and client_secret)."
    )


def _forbidden(failure: RequestFailure, account: str, role: str | None) -> CredentialError:
    """Tell kinds of 403 apart: the token's scope, the role, bulk imports that are off, and all others."""
    words = failure.message
    if "required scope" in words.lower():
        message = f"{account} forbids this to the access token: {words}"
        return CredentialError(message, f"Allow the OAuth client the scopes {SCOPE!r}.", code="scope")
    is_page = failure.answer is not None and failure.answer.is_page
    if failure.path == BULK_WRITE and role is not None and not is_page:
        return _no_imports(words, account, role)
    message = f"{account} forbids this: {words}"
    if role == "admin" or is_page:
        return CredentialError(message, f"It is no matter of the role: {_ELSE}", code="forbidden")
    if role is None:
        return CredentialError(message, f"{_ROLE} If they are that: {_ELSE}", code="forbidden")
    return CredentialError(message, _ROLE, code="role")


def _no_imports(words: str, account: str, role: str) -> CredentialError:
    if role == "admin":
        return CredentialError(
            f"{account} forbids bulk user imports, though the credentials are an admin's: {words}",
            _ENABLING,
            code="bulk_import_off",
        )
    return CredentialError(
        f"{account} forbids bulk user imports to the role {role!r}: {words}",
        f"{_ROLE} If an admin is refused too: {_ENABLING[0].lower()}{_ENABLING[1:]}",
        code="bulk_import_off_or_role",
    )


def _unusable(failure: RequestFailure, account: str) -> DestinationError:
    if is_about_tls(failure):
        return DestinationError(
            f"{account} cannot prove who it is: {failure.message}",
            "Check subdomain or base_url in zdpipe.toml, and the clock of this machine; "
            "behind a proxy of your company, name its certificate in SSL_CERT_FILE.",
            code="tls",
        )
    return DestinationError(
        f"{account} cannot be used now: {failure.message}",
        "Check the network and subdomain or base_url in zdpipe.toml, then: zdpipe check",
        code="unreachable",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    while (cause := error.__cause__ or error.__context__) is not None:
        yield cause
        error = cause
