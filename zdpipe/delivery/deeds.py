"""What a deed takes for one user, as the account shows them now."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from zdpipe.delivery.evidence import holds
from zdpipe.model.errand import ErrandItem
from zdpipe.model.fields import TAGS, Kind, custom_field_key, is_custom_field
from zdpipe.model.gone import Deed, Fate
from zdpipe.model.policy import policy_of
from zdpipe.zendesk.wire import User

_CUSTOMER = "end-user"
_NO_TAGS: list[str] = [""]

Change = dict[str, Any]


def owner(item: ErrandItem, user: User | None) -> User | None:
    """Return the user of an item, None where the account has them no more.

    A deleted one is shown as inactive; one without the key is somebody else by now.
    """
    if user is None or user.properties.get("active") is False or not user.has_key(item.key):
        return None
    return user


def change_for(item: ErrandItem, user: User | None, *, again: bool) -> Fate | Change:
    """Return what is to be written of a user for a deed, or the fate of one for whom nothing is.

    `again` tells that an earlier sending may have been taken: what is done already then counts as done.
    """
    if user is None:
        return Fate.DONE if again and item.deed is Deed.DELETE else Fate.NOT_IN_ACCOUNT
    if user.properties.get("role") != _CUSTOMER:
        return Fate.STAFF
    change = _CHANGES[item.deed](item, user)
    if change is not None:
        return change
    if again:
        return Fate.DONE
    return Fate.CHANGED_BY_OTHERS if item.deed is Deed.BLANK else Fate.ALREADY


def _blank(item: ErrandItem, user: User) -> Change | None:
    """Empty what still holds exactly what we sent; of tags, which others add to, take ours away."""
    change: Change = {}
    for field, value in json.loads(item.payload).items():
        if field == TAGS and isinstance(value, list):
            change |= _without(user, {str(tag) for tag in value})
        elif holds(user, field, value):
            empty = _emptied(field, value)
            if is_custom_field(field):
                change.setdefault("user_fields", {})[custom_field_key(field)] = empty
            else:
                change[field] = empty
    return change or None


def _emptied(field: str, value: object) -> Any:
    kind = Kind.BOOLEAN if isinstance(value, bool) else Kind.TEXT
    return json.loads(policy_of(field, kind).cleared)


def _tag(item: ErrandItem, user: User) -> Change | None:
    tag, tags = str(json.loads(item.payload)), _tags(user)
    return None if tag in tags else {"tags": [*tags, tag]}


def _untag(item: ErrandItem, user: User) -> Change | None:
    return _without(user, {str(json.loads(item.payload))}) or None


def _without(user: User, ours: Collection[str]) -> Change:
    tags = _tags(user)
    left = [tag for tag in tags if tag not in ours]
    return {"tags": left or _NO_TAGS} if len(left) < len(tags) else {}


def _suspended(item: ErrandItem, user: User) -> Change | None:
    wanted = item.deed is Deed.SUSPEND
    return None if bool(user.properties.get("suspended")) is wanted else {"suspended": wanted}


def _tags(user: User) -> list[str]:
    return [str(tag) for tag in user.properties.get("tags") or ()]


_CHANGES: dict[Deed, Callable[[ErrandItem, User], Change | None]] = {
    Deed.BLANK: _blank,
    Deed.TAG: _tag,
    Deed.UNTAG: _untag,
    Deed.SUSPEND: _suspended,
    Deed.LIFT: _suspended,
    Deed.DELETE: lambda *_: {},
}
