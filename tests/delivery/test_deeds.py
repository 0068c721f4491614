"""What a deed takes for a user, as the account shows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from zdpipe.delivery.deeds import change_for, owner
from zdpipe.model.errand import ErrandItem
from zdpipe.model.gone import Deed, Fate
from zdpipe.zendesk.wire import User

SENT = {"phone": "+12063428631", "user_fields.city": "Oslo", "user_fields.vip": True, "alias": "Al"}


def item(deed: Deed, payload: object = True) -> ErrandItem:
    return ErrandItem(1, 0, deed, "id-1", 7, json.dumps(payload))


def shown(**properties: Any) -> User:
    body = {"role": "end-user", "active": True, "tags": ["vip"], "suspended": False, **properties}
    born = datetime(2026, 1, 2, tzinfo=UTC)
    return User(7, "id-1", born, frozenset(), frozenset({str(body.get("phone"))}), body)


@pytest.mark.parametrize(
    ("deed", "payload", "user", "change"),
    [
        (
            Deed.BLANK,
            SENT,
            shown(phone="+12063428631", alias="Al", user_fields={"city": "Oslo", "vip": True}),
            {"phone": "", "alias": None, "user_fields": {"city": None, "vip": False}},
        ),
        (Deed.BLANK, SENT, shown(alias="Bo", user_fields={"city": "Oslo"}), {"user_fields": {"city": None}}),
        (Deed.BLANK, SENT, shown(alias="Bo", user_fields={"city": None}), Fate.CHANGED_BY_OTHERS),
        (Deed.BLANK, {"tags": ["vip", "new"]}, shown(tags=["a", "vip"]), {"tags": ["a"]}),
        (Deed.BLANK, {"tags": ["new"]}, shown(), Fate.CHANGED_BY_OTHERS),
        (Deed.TAG, "gone", shown(), {"tags": ["vip", "gone"]}),
        (Deed.TAG, "gone", shown(tags=["gone"]), Fate.ALREADY),
        (Deed.UNTAG, "gone", shown(tags=["gone", "vip"]), {"tags": ["vip"]}),
        (Deed.UNTAG, "gone", shown(tags=["gone"]), {"tags": [""]}),
        (Deed.UNTAG, "gone", shown(), Fate.ALREADY),
        (Deed.SUSPEND, True, shown(), {"suspended": True}),
        (Deed.SUSPEND, True, shown(suspended=True), Fate.ALREADY),
        (Deed.LIFT, False, shown(suspended=True), {"suspended": False}),
        (Deed.LIFT, False, shown(), Fate.ALREADY),
        (Deed.DELETE, True, shown(), {}),
        (Deed.DELETE, True, None, Fate.NOT_IN_ACCOUNT),
        (Deed.TAG, "gone", None, Fate.NOT_IN_ACCOUNT),
        *((deed, "gone", shown(role="agent"), Fate.STAFF) for deed in (Deed.TAG, Deed.SUSPEND, Deed.DELETE)),
    ],
)
def test_what_a_user_needs(deed: Deed, payload: object, user: User | None, change: object) -> None:
    assert change_for(item(deed, payload), user, again=False) == change


@pytest.mark.parametrize(
    ("deed", "payload", "user"),
    [
        (Deed.BLANK, SENT, shown(alias=None, user_fields={"city": None})),
        (Deed.TAG, "gone", shown(tags=["gone"])),
        (Deed.SUSPEND, True, shown(suspended=True)),
        (Deed.DELETE, True, None),
    ],
)
def test_what_an_earlier_sending_did_is_done(deed: Deed, payload: object, user: User | None) -> None:
    assert change_for(item(deed, payload), user, again=True) is Fate.DONE


def test_somebody_else_by_now_is_not_the_user() -> None:
    assert owner(item(Deed.TAG), shown()) is not None
    assert owner(item(Deed.TAG), shown(active=False)) is None
    assert owner(item(Deed.TAG), None) is None
    other = User(7, "id-2", datetime(2026, 1, 2, tzinfo=UTC), frozenset(), frozenset(), {})
    assert owner(item(Deed.TAG), other) is None
