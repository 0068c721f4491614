"""The new address of a known customer becomes the primary one, once the account has it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from zdpipe.delivery.desk import Desk
from zdpipe.model.batch import ItemResult, ItemStatus, OutboxItem
from zdpipe.model.reasons import Failure
from zdpipe.zendesk.failures import Refused, SignInRefused
from zdpipe.zendesk.wire import User

_END_USER = "end-user"
# These concern the credentials or what they may do; any other refusal concerns the one user.
_ABOUT_US = 401
_SCOPE = "required scope"


def promote(desk: Desk, items: Sequence[OutboxItem], results: Sequence[ItemResult]) -> list[ItemResult]:
    """Make addresses primary that arrived and are to be that; who refuses it fails, whatever else arrived.

    What is primary already is left alone, so repeating it changes nothing: a run that is killed here finds
    the batch unsettled and does it again. Costs a look-up for a hundred users and a request for each.
    """
    addresses = {item.position: _address(item) for item in items if item.makes_primary}
    due = [result for result in results if result.position in addresses and result.zendesk_id is not None]
    due = [result for result in due if result.status is not ItemStatus.FAILED]
    if not due:
        return list(results)
    users = {user.user_id: user for user in desk.client.users([result.zendesk_id or 0 for result in due])}
    refused = {
        result.position: why
        for result in due
        if (why := _promote(desk, users.get(result.zendesk_id or 0), addresses[result.position]))
    }
    return [
        replace(
            result, status=ItemStatus.FAILED, reason=Failure.PRIMARY_REFUSED, details=refused[result.position]
        )
        if result.position in refused
        else result
        for result in results
    ]


def _promote(desk: Desk, user: User | None, address: str) -> str | None:
    """Return why an address cannot be the user's primary one, None where it is by now."""
    if user is None:
        return "The user is not there any more."
    if str(user.properties.get("email") or "").lower() == address:
        return None
    if user.properties.get("role") != _END_USER and not desk.may_write_staff:
        return "The user is one of the staff by now, whose addresses are left alone."
    identity = user.email_ids.get(address)
    if identity is None:
        return "The account does not show the address as one of the user's."
    try:
        desk.client.make_primary(user.user_id, identity)
    except Refused as refused:
        if (
            isinstance(refused, SignInRefused)
            or refused.status == _ABOUT_US
            or _SCOPE in refused.message.lower()
        ):
            raise
        return refused.message
    return None


def _address(item: OutboxItem) -> str:
    return str(json.loads(item.payload)["email"]).lower()
