"""The plain properties of a user: defaults, what may not be stored, and how the rest is stored.

Source: Zendesk Users API (the table of user properties) and recorded traffic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from zdpipe.simulator.identify import Problem

PHONE_SHAPE = re.compile(r"\+[1-9][0-9]{6,14}( ?x[0-9]{1,7})?")
ROLES = ("end-user", "agent", "admin")
RESTRICTIONS = ("organization", "groups", "assigned", "requested")
LOCALES = {"en-US": 1, "es": 2, "de": 8, "fr": 16, "pt-BR": 19, "it": 22, "ja": 67}
AS_SENT = (
    "name", "details", "notes", "signature", "moderator", "only_private_comments", "suspended", "time_zone",
)  # fmt: skip
NUMBERS = ("organization_id", "default_group_id", "custom_role_id", "locale_id")
FLAGS = ("moderator", "only_private_comments", "suspended", "verified")
TEXTS = ("name", "alias", "details", "notes", "signature", "phone", "time_zone", "locale")


def new_user(at: float) -> dict[str, Any]:
    """Return the properties of a new end user, as recorded accounts give them."""
    return {
        "name": "",
        "email": None,
        "external_id": None,
        "alias": None,
        "details": None,
        "notes": None,
        "signature": None,
        "phone": None,
        "shared_phone_number": None,
        "role": "end-user",
        "role_type": None,
        "custom_role_id": None,
        "organization_id": None,
        "default_group_id": None,
        "tags": [],
        "locale": "en-US",
        "locale_id": 1,
        "time_zone": "Eastern Time (US & Canada)",
        "verified": False,
        "moderator": False,
        "ticket_restriction": "requested",
        "only_private_comments": False,
        "restricted_agent": True,
        "suspended": False,
        "user_fields": {},
        "created_at": at,
        "updated_at": at,
    }


def property_problems(item: Mapping[str, Any], creating: bool) -> list[Problem]:
    """Return what forbids the item's plain properties, as (property, text).

    A name is mandatory on creation and may be left out, but not be empty, on update.
    """
    problems = [(k, f"{_label(k)}: is invalid") for k in TEXTS if not isinstance(item.get(k, ""), str | None)]
    problems += [
        (k, f"{_label(k)}: is invalid") for k in FLAGS if not isinstance(item.get(k, False), bool | None)
    ]
    problems += [(k, f"{_label(k)}: is invalid") for k in NUMBERS if not _is_number(item.get(k))]
    name = item.get("name", "" if creating else "unchanged")
    if name is None or (isinstance(name, str) and not name.strip()):
        problems.append(("name", "Name: is too short (minimum one character)"))
    if item.get("role") is not None and item["role"] not in ROLES:
        problems.append(("role", "Role: is not valid"))
    return problems


def phone_problems(item: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with a phone where the account checks them: not E.164, extension aside."""
    phone = item.get("phone")
    if not isinstance(phone, str) or not phone or PHONE_SHAPE.fullmatch(phone):
        return []
    return [("phone", f"Phone: {phone} is not properly formatted")]


def apply_properties(body: dict[str, Any], item: Mapping[str, Any]) -> None:
    """Store the item's plain properties; those that are read-only or unknown are passed over."""
    body.update(
        {key: item[key] for key in AS_SENT if key in item and (item[key] is not None or key not in FLAGS)}
    )
    body.update({key: _number(item[key]) for key in ("organization_id", "default_group_id") if key in item})
    if "alias" in item:
        body["alias"] = item["alias"] or ""  # recorded: a null reads back as ""
    _apply_locale(body, item)
    _apply_role(body, item)


def tidy_tags(sent: object) -> set[str]:
    """Return tags as Zendesk stores them: in lower case, cut at blanks, freed of most punctuation."""
    words = " ".join(str(tag) for tag in sent).lower().split() if isinstance(sent, list) else []
    return {tidy for word in words if (tidy := re.sub(r"[^\w\-/:.]", "", word))}


def _apply_locale(body: dict[str, Any], item: Mapping[str, Any]) -> None:
    if item.get("locale"):  # wins over locale_id (Zendesk Users API)
        body["locale"] = item["locale"]
        body["locale_id"] = LOCALES.get(item["locale"], body["locale_id"])
    elif (sent := _number(item.get("locale_id"))) in LOCALES.values():
        body["locale_id"] = sent
        body["locale"] = next(name for name, number in LOCALES.items() if number == sent)


def _apply_role(body: dict[str, Any], item: Mapping[str, Any]) -> None:
    role = item.get("role") or body["role"]
    if "custom_role_id" in item:
        body["custom_role_id"] = _number(item["custom_role_id"])
        if role == "end-user" and body["custom_role_id"] is not None:
            role = "agent"  # a custom role makes an agent even of an end user (Zendesk Users API)
    if role != body["role"]:
        body["ticket_restriction"] = "requested" if role == "end-user" else None
    body["role"] = role
    body["restricted_agent"] = role == "end-user"
    body["role_type"] = 4 if role == "admin" else 0 if body["custom_role_id"] is not None else None
    if "ticket_restriction" in item:
        body["ticket_restriction"] = _restriction(role, item["ticket_restriction"])


def _restriction(role: str, sent: object) -> object:
    if role != "end-user":
        return sent if sent in RESTRICTIONS else None
    return sent if sent in ("organization", "requested") else "requested"


def _is_number(sent: object) -> bool:
    if isinstance(sent, str):
        return re.fullmatch(r"[0-9]{0,18}", sent) is not None
    return sent is None or (isinstance(sent, int) and not isinstance(sent, bool) and 0 <= sent < 2**63)


def _number(sent: Any) -> int | None:
    return None if sent in (None, "") else int(sent)


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
