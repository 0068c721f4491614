"""Users and identities as the Users API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zdpipe.simulator.fields import Field, rendered_value
from zdpipe.simulator.people import Identity, Person
from zdpipe.simulator.times import iso

IANA = {
    "Eastern Time (US & Canada)": "America/New_York",
    "Central Time (US & Canada)": "America/Chicago",
    "Mountain Time (US & Canada)": "America/Denver",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "London": "Europe/London",
    "Berlin": "Europe/Berlin",
    "Paris": "Europe/Paris",
    "Tokyo": "Asia/Tokyo",
    "Sydney": "Australia/Sydney",
    "UTC": "Etc/UTC",
}


def user_object(person: Person, fields: Mapping[str, Field], origin: str) -> dict[str, Any]:
    """Return a user with the 37 keys that an agent sees in recorded answers."""
    body = person.body
    stored = body["user_fields"]
    return {
        "id": person.id,
        "url": f"{origin}/api/v2/users/{person.id}.json",
        "name": body["name"],
        "email": body["email"],
        "created_at": iso(body["created_at"]),
        "updated_at": iso(body["updated_at"]),
        "time_zone": body["time_zone"],
        "iana_time_zone": IANA.get(body["time_zone"], "Etc/UTC"),
        "phone": body["phone"],
        "shared_phone_number": body["shared_phone_number"],
        "photo": None,
        "locale_id": body["locale_id"],
        "locale": body["locale"],
        "organization_id": body["organization_id"],
        "role": body["role"],
        "verified": body["verified"],
        "external_id": body["external_id"],
        "tags": body["tags"],
        "alias": body["alias"],
        "active": person.active,
        "shared": False,
        "shared_agent": False,
        "last_login_at": None,
        "two_factor_auth_enabled": None,
        "signature": body["signature"],
        "details": body["details"],
        "notes": body["notes"],
        "role_type": body["role_type"],
        "custom_role_id": body["custom_role_id"],
        "moderator": body["moderator"],
        "ticket_restriction": body["ticket_restriction"],
        "only_private_comments": body["only_private_comments"],
        "restricted_agent": body["restricted_agent"],
        "suspended": body["suspended"],
        "default_group_id": body["default_group_id"],
        "report_csv": False,
        "user_fields": {key: rendered_value(known, stored.get(key)) for key, known in fields.items()},
    }


def identity_object(identity: Identity, origin: str) -> dict[str, Any]:
    """Return an identity as the User Identities API shows it."""
    return {
        "url": f"{origin}/api/v2/users/{identity.user_id}/identities/{identity.id}.json",
        "id": identity.id,
        "user_id": identity.user_id,
        "type": identity.type,
        "value": identity.value,
        "verified": identity.verified,
        "verification_method": "low" if identity.verified else "none",
        "primary": identity.primary,
        "created_at": iso(identity.created_at),
        "updated_at": iso(identity.updated_at),
        "undeliverable_count": 0,
        "deliverable_state": "deliverable",
    }
