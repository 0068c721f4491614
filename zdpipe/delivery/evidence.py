"""Does a user of the account show what was sent? The judge where Zendesk's own results are lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from zdpipe.model.batch import OutboxItem, Sending
from zdpipe.model.fields import custom_field_key, is_custom_field
from zdpipe.zendesk.wire import User

# A date is read back as a midnight: `2026-11-23T00:00:00+00:00` (recorded user fields).
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})T00:00:00")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# What follows from other things than the value sent: who is addressed, which address `verified` is about, and
# which of several numbers is shown.
_JUDGED_APART = frozenset({"external_id", "email", "verified", "user_fields", "phone"})
_TRUTH = {"true": True, "false": False}
# A value that does not fit an end user becomes this one (Users API, ticket_restriction).
_OTHERWISE = {"ticket_restriction": "requested"}


def arrived(item: OutboxItem, user: User) -> bool:
    """Tell whether everything sent of a user is in the account now.

    A property that Zendesk does not show, such as an unknown custom field, is no evidence in either
    direction. The address counts as any of the user's, since Zendesk adds a new one as secondary.
    """
    sent = json.loads(item.payload)
    email = sent.get("email")
    if email is not None and not user.has_email(email):
        return False
    if item.sending is Sending.EMAIL:
        return True
    if not _has_phone(user, sent):
        return False
    fields = user.properties.get("user_fields") or {}
    return _all_shown(sent.items(), user.properties) and _all_shown(
        (sent.get("user_fields") or {}).items(), fields
    )


def holds(user: User, field: str, value: Any) -> bool:
    """Tell whether a field of a user holds exactly a value and nothing of anybody else's.

    A number beside ours and an entry more in a list are somebody else's.
    """
    found = shown(user, field)
    if field == "phone":
        return found == value and user.phones == {value}
    return is_equal(value, found)


def is_equal(value: Any, found: Any) -> bool:
    """Tell whether what Zendesk shows of a field is a value, and a list that value alone."""
    if isinstance(value, list):
        return isinstance(found, list) and _tags(found) == _tags(value)
    return _same(value, found)


def shown(user: User, field: str) -> Any:
    """Return what Zendesk shows of a field; None where it shows nothing."""
    if is_custom_field(field):
        return (user.properties.get("user_fields") or {}).get(custom_field_key(field))
    return user.properties.get(field)


def is_shown(user: User, field: str) -> bool:
    """Tell whether Zendesk shows a field at all, be it empty: what is only ever written it does not."""
    if is_custom_field(field):
        return custom_field_key(field) in (user.properties.get("user_fields") or {})
    return field in user.properties


def _has_phone(user: User, sent: Mapping[str, Any]) -> bool:
    """A further number stands beside the one that is shown (Users API, Phone Number)."""
    if "phone" not in sent:
        return True
    return sent["phone"] in user.phones if sent["phone"] else not user.properties.get("phone")


def _all_shown(sent: Iterable[tuple[str, Any]], shown: Mapping[str, Any]) -> bool:
    return all(
        _same(value, shown[name]) or (name in _OTHERWISE and shown[name] == _OTHERWISE[name])
        for name, value in sent
        if name in shown and name not in _JUDGED_APART
    )


def _same(sent: Any, shown: Any) -> bool:
    """Compare as Zendesk stores: null reads back as "" or false, numbers as numbers, dates as midnights.

    A checkbox and a number take texts too (Zendesk user fields, as IBM's connector documents them).
    """
    if sent is None:
        return shown in (None, "", False)
    if isinstance(sent, list):
        # An empty list arrived only where nothing is left.
        return isinstance(shown, list) and (_tags(sent) <= _tags(shown) if _tags(sent) else not _tags(shown))
    if isinstance(sent, bool) or isinstance(shown, bool):
        return sent is shown or _TRUTH.get(str(sent)) is shown
    if isinstance(sent, int | float) or isinstance(shown, int | float):
        return isinstance(sent, int | float | str) and _number(sent) == _number(shown)
    if isinstance(sent, str) and isinstance(shown, str) and _DAY.match(sent):
        midnight = _MIDNIGHT.match(shown)
        return sent == shown or (midnight is not None and midnight[1] == sent[:10])
    return bool(sent == shown)


def _tags(values: Iterable[Any]) -> set[str]:
    """Zendesk cuts tags at blanks, in lower case; fields and triggers add more, and the order is not kept."""
    return {tag for value in values for tag in str(value).lower().split()}


def _number(value: float | str) -> Decimal | None:
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return None
