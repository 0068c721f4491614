"""The Zendesk user object as one table (Zendesk Users API, "JSON format for agent or admin requests")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

# It says how to send, and is nothing that an account could hold.
SKIP_VERIFY_EMAIL = "skip_verify_email"
CUSTOM_FIELD_PREFIX = "user_fields."
CUSTOM_FIELD_KEY = re.compile(r"[A-Za-z0-9_]+")


class Kind(StrEnum):
    """How a value is normalized and encoded; also the words of `[fields.<name>] as`."""

    TEXT = "text"
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    STATE = "state"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TEXT_LIST = "text_list"


class Access(StrEnum):
    """Who may write a property."""

    WRITE = "write"
    READ_ONLY = "read_only"
    # Writable by Zendesk's rules, and dangerous enough to need `allow = true` in the project.
    GUARDED = "guarded"
    # Writable only in shapes or on paths that a query's column cannot express.
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a Zendesk user and what a query may do with it."""

    name: str
    kind: Kind
    access: Access
    note: str = ""


def _writable(name: str, kind: Kind, note: str = "") -> Property:
    return Property(name, kind, Access.WRITE, note)


def _guarded(name: str, kind: Kind, note: str) -> Property:
    return Property(name, kind, Access.GUARDED, note)


def _read_only(name: str, note: str = "Zendesk sets it") -> Property:
    return Property(name, Kind.TEXT, Access.READ_ONLY, note)


def _unsupported(name: str, note: str) -> Property:
    return Property(name, Kind.TEXT, Access.UNSUPPORTED, note)


PROPERTIES: dict[str, Property] = {
    entry.name: entry
    for entry in (
        _writable("external_id", Kind.TEXT, "compared without regard to case; one per account"),
        _writable("email", Kind.EMAIL, "primary on create; a later, different one is added as secondary"),
        _writable("name", Kind.NAME),
        _writable("phone", Kind.PHONE, "E.164"),
        _writable("alias", Kind.TEXT),
        _writable("details", Kind.TEXT),
        _writable("notes", Kind.TEXT),
        _writable("locale", Kind.TEXT, "BCP 47; wins over locale_id"),
        _writable("locale_id", Kind.INTEGER),
        _writable("time_zone", Kind.TEXT, "Rails-style name, such as Berlin"),
        _writable("signature", Kind.TEXT, "agents and admins only"),
        _writable("remote_photo_url", Kind.TEXT, "fetched later by Zendesk"),
        _writable("shared_phone_number", Kind.BOOLEAN),
        _writable("verified", Kind.BOOLEAN, "of the email identity"),
        _writable(SKIP_VERIFY_EMAIL, Kind.BOOLEAN, "true: Zendesk sends no mail"),
        _writable("moderator", Kind.BOOLEAN),
        _writable("only_private_comments", Kind.BOOLEAN),
        _writable("default_group_id", Kind.INTEGER, "agents only"),
        _writable("ticket_restriction", Kind.TEXT),
        _guarded("role", Kind.TEXT, "turns end users into agents or back, which costs licence seats"),
        _guarded(
            "custom_role_id", Kind.INTEGER, "turns an end user into an agent, which costs a licence seat"
        ),
        _guarded(
            "organization_id",
            Kind.INTEGER,
            "sets the organization and removes all the user's other memberships",
        ),
        _guarded(
            "suspended", Kind.BOOLEAN, "locks the user out and sends later tickets to the suspended queue"
        ),
        _guarded(
            "tags",
            Kind.TEXT_LIST,
            "is one list for everybody, agents and triggers included, which Zendesk replaces whole",
        ),
        _unsupported("identities", "a list of objects; send the column email instead"),
        _unsupported("organization", "an object; see organization_id"),
        _unsupported("photo", "uploaded as a file; send remote_photo_url instead"),
        _unsupported("agent_brand_ids", "concerns agents only"),
        _unsupported("password", "has an endpoint of its own"),
        _read_only("id"),
        _read_only("url"),
        _read_only("active"),
        _read_only("authenticity_token"),
        _read_only("chat_only"),
        _read_only("created_at"),
        _read_only("updated_at"),
        _read_only("last_login_at"),
        _read_only("iana_time_zone", "follows time_zone"),
        _read_only("report_csv", "without effect"),
        _read_only("restricted_agent"),
        _read_only("role_type", "follows custom_role_id"),
        _read_only("shared"),
        _read_only("shared_agent"),
        _read_only("two_factor_auth_enabled"),
    )
}

TAGS = "tags"
NEVER_SENT = "amperity_id"


def is_custom_field(column: str) -> bool:
    """Tell whether an output column names a custom field, such as `user_fields.city`."""
    return column.startswith(CUSTOM_FIELD_PREFIX)


def custom_field_key(column: str) -> str:
    """Return the key of a custom field's column: `city` for `user_fields.city`."""
    return column.removeprefix(CUSTOM_FIELD_PREFIX)


def is_sendable(column: str) -> bool:
    """Tell whether a column can become part of a payload; guarded properties count."""
    if is_custom_field(column):
        return CUSTOM_FIELD_KEY.fullmatch(custom_field_key(column)) is not None
    entry = PROPERTIES.get(column)
    return entry is not None and entry.access in {Access.WRITE, Access.GUARDED}
