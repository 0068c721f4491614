"""What an account, or the way to it, can refuse."""

from __future__ import annotations

from collections.abc import Mapping

from zdpipe.model.action import ActionName
from zdpipe.model.catalogue.entry import Entry

_MEND = (ActionName.CHECK, ActionName.RESUME, ActionName.AGAIN, ActionName.CLOSE)
_ENABLE = (ActionName.ENABLE_IMPORT, *_MEND)

ACCOUNT: Mapping[str, Entry] = {
    "credentials": Entry(
        "A secret that zdpipe.toml refers to cannot be read.",
        "Put it where its reference leads to, or correct the reference.",
        _MEND,
    ),
    "unauthorized": Entry(
        "Zendesk does not accept the credentials.",
        "Correct or renew them; Zendesk switches API tokens off that idle for 30 days.",
        _MEND,
    ),
    "oauth_client": Entry(
        "Zendesk gives the OAuth client no access token.",
        "Correct client_id and client_secret; the client must be a confidential one, of this account.",
        _MEND,
    ),
    "scope": Entry(
        "The access token may not do what is needed.",
        "Allow the OAuth client the scopes that the message names.",
        _MEND,
    ),
    "anonymous": Entry(
        "Zendesk took the credentials for those of an anonymous visitor.",
        "Correct the email address and the API token; a person's password is not accepted.",
        _MEND,
    ),
    "role": Entry(
        "The credentials belong to somebody who may not manage end users.",
        "Use those of an admin, or of an agent whose role may manage end users.",
        _MEND,
    ),
    "forbidden": Entry(
        "Zendesk forbids this, and not because of the scope.",
        "See whether the role, allowed IP addresses, a proxy or the account's state stand in the way.",
        _MEND,
    ),
    "bulk_import_off": Entry(
        "Bulk user imports are off in the account.",
        "The account's owner asks Zendesk Support to enable them.",
        _ENABLE,
    ),
    "bulk_import_off_or_role": Entry(
        "Bulk user imports are off in the account, or the role may not use them.",
        "Use an admin's credentials; if they are refused too, the owner asks Zendesk Support.",
        _ENABLE,
    ),
    "not_found": Entry(
        "There is no Zendesk API where one is expected.",
        "Correct subdomain or base_url in zdpipe.toml.",
        _MEND,
    ),
    "tls": Entry(
        "The account cannot prove who it is.",
        "Correct the address or this machine's clock; name a company's certificate in SSL_CERT_FILE.",
        _MEND,
    ),
    "unreachable": Entry(
        "The account cannot be reached, or does not answer as it should.",
        "Wait for Zendesk or the network to be back, and look at the address in zdpipe.toml.",
        _MEND,
    ),
    "limits": Entry(
        "Zendesk asked to be left alone for longer than a run waits.",
        "Wait as long as the message says.",
        _MEND,
    ),
    "custom_fields": Entry(
        "The account lacks custom fields that queries name, or does not use them.",
        "Make them in Zendesk, or mend the queries.",
        (ActionName.LINT, ActionName.CHECK),
    ),
    "destination": Entry(
        "The account cannot be used.",
        "Do what the message says.",
        _MEND,
    ),
}
