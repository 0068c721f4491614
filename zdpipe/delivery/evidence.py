"""Does a user of the account show what was sent? The judge where Zendesk's own results are lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from zdpipe.model.batch import OutboxItem, Sending
from zdpipe.model.fields import CUSTOM_FIELD_PREFIX, SKIP_VERIFY_EMAIL, custom_field_key, is_custom_field
from zdpipe.zendesk.wire import User

# A date is read back as a midnight: `2026-11-23T00:00:00+00:00` (recorded user fields).
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})T00:00:00")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Each is one of several that a user may have, shown or not.
_IDENTITIES = frozenset({"external_id", "email", "phone"})
# Zendesk takes them and returns neither (Users API, JSON format).
_NEVER_SHOWN = frozenset({SKIP_VERIFY_EMAIL, "remote_photo_url"})
_TRUTH = {"true": True, "false": False}
_SHOWN_AS = {"remote_photo_url": "photo"}
# A value that does not fit an end user becomes this one (Users API, ticket_restriction).
_OTHERWISE = {"ticket_restriction": "requested"}


def arrived(item: OutboxItem, user: User) -> bool:
    """Tell whether everything sent of a user is in the account now.

    A property that Zendesk does not show, such as an unknown custom field, is no evidence in either
    direction. The address counts as any of the user's, since Zendesk adds a new one as secondary.
    """
    sent = sent_fields(item)
    return all(
        shows(user, field, value)
        for field, value in sent.items()
        if field != "verified" and (field in _IDENTITIES or is_shown(user, field))
    )


def sent_fields(item: OutboxItem) -> dict[str, Any]:
    """Return every field of a user object with the value sent; of a further address nothing but the address.

    Left out is what Zendesk never shows, and what it passes over beside another field.
    """
    sent = json.loads(item.payload)
    if item.sending is Sending.EMAIL:
        return {"email": sent["email"]}
    custom = sent.pop("user_fields", None) or {}
    fields = {name: value for name, value in sent.items() if name not in _NEVER_SHOWN}
    if fields.get("locale"):
        fields.pop("locale_id", None)  # "locale" wins (Zendesk Users API)
    return fields | {CUSTOM_FIELD_PREFIX + key: value for key, value in custom.items()}


def stands(user: User, field: str, value: Any) -> bool:
    """Tell whether a field is as it was sent, in normal form.

    Addresses and numbers count as any of the user's, and to tags others may have added some. To the options
    of a custom field nobody can add without changing it.
    """
    if isinstance(value, list) and is_custom_field(field):
        return holds(user, field, value)
    return shows(user, field, value)


def shows(user: User, field: str, value: Any) -> bool:
    """Tell whether a value of a field is there, whatever others added beside it."""
    match field:
        case "email":
            return value is None or user.has_email(str(value))
        case "external_id":
            return value is None or user.has_external_id(str(value))
        case "phone":
            return _has_phone(user, value)
    found = shown(user, field)
    return _same(value, found) or (field in _OTHERWISE and found == _OTHERWISE[field])


def is_shown(user: User, field: str) -> bool:
    """Tell whether Zendesk shows a field at all; an unknown custom field it does not."""
    if is_custom_field(field):
        return custom_field_key(field) in (user.properties.get("user_fields") or {})
    return field in user.properties


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
    if isinstance(value, list) and isinstance(found, list):
        return _tags(found) == _tags(value)
    return _same(value, found)


def is_empty(user: User, field: str) -> bool:
    """Tell whether Zendesk shows nothing of a field.

    A tick that was never made reads false, a photo is shown under another name than it is sent by, and a
    number may stand beside the one that is shown.
    """
    if field == "phone" and user.phones:
        return False
    found = shown(user, _SHOWN_AS.get(field, field))
    return found is None or found is False or found in ("", [])


def shown(user: User, field: str) -> Any:
    """Return what Zendesk shows of a field; None where it shows nothing."""
    if is_custom_field(field):
        return (user.properties.get("user_fields") or {}).get(custom_field_key(field))
    return user.properties.get(field)


def _has_phone(user: User, sent: Any) -> bool:
    """A further number stands beside the one that is shown (Users API, Phone Number)."""
    return sent in user.phones if sent else not user.properties.get("phone")


def _same(sent: Any, shown: Any) -> bool:
    """Compare as Zendesk stores: null reads back as "" or false, numbers as numbers, dates as midnights.

    A checkbox and a number take texts too (Zendesk user fields, as IBM's connector documents them).
    """
    if sent is None:
        return shown is None or shown is False or shown in ("", [])
    if isinstance(sent, list):
        # An empty list arrived only where nothing is left.
        there = _tags(shown if isinstance(shown, list) else [])
        return _tags(sent) <= there if _tags(sent) else not there
    if isinstance(sent, bool) or isinstance(shown, bool):
        # A tick that was never made may read as null.
        return _TRUTH.get(str(sent).lower()) is (False if shown is None else shown)
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
