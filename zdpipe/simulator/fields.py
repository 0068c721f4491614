"""Custom user fields: what the account has, and how a sent value is checked, stored and read back.

Source of types and encodings: Zendesk User Fields API and recorded traffic of public clients.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from zdpipe.simulator.accounts import FIRST_FIELD_ID
from zdpipe.simulator.settings import FieldSpec
from zdpipe.simulator.times import iso

DATE_PATTERN = r"\A([0-9]{4})-(1[0-2]|0[1-9])-(3[01]|[12][0-9]|0[1-9])\z"

Field = dict[str, Any]


class BadValue(ValueError):
    """Raised when a value does not fit its custom field's type."""


def load_fields(db: sqlite3.Connection) -> dict[str, Field]:
    """Return the account's custom fields by key, in the order of their creation."""
    return {
        key: json.loads(body) for key, body in db.execute("SELECT key, body FROM user_fields ORDER BY id")
    }


def add_field(db: sqlite3.Connection, sent: Mapping[str, Any], now: float) -> Field:
    """Create a custom field from its sent, already checked properties."""
    top = db.execute("SELECT max(id), count(*) FROM user_fields").fetchone()
    identity = (top[0] or FIRST_FIELD_ID - 1) + 1
    kind = sent["type"]
    field: Field = {
        "id": identity,
        "key": sent["key"],
        "type": kind,
        "title": sent["title"],
        "raw_title": sent["title"],
        "description": sent.get("description") or "",
        "raw_description": sent.get("description") or "",
        "position": top[1],
        "active": sent.get("active") is not False,
        "system": False,
        "regexp_for_validation": DATE_PATTERN if kind == "date" else sent.get("regexp_for_validation"),
        "created_at": iso(now),
        "updated_at": iso(now),
    }
    if kind == "checkbox":
        field["tag"] = str(sent["tag"]) if sent.get("tag") else None
    if kind in ("dropdown", "multiselect"):
        field["custom_field_options"] = _options(identity, sent.get("custom_field_options") or [])
    if kind == "lookup":
        field["relationship_target_type"] = sent.get("relationship_target_type")
        field["relationship_filter"] = sent.get("relationship_filter")
    db.execute("INSERT INTO user_fields VALUES (?, ?, ?)", (identity, field["key"], json.dumps(field)))
    return field


def spec_as_sent(spec: FieldSpec) -> dict[str, Any]:
    """Return a field of the settings as a client would send it."""
    return {
        "key": spec.key,
        "title": spec.title,
        "type": spec.type,
        "tag": spec.tag,
        "regexp_for_validation": spec.regexp,
        "custom_field_options": [{"name": value, "value": value} for value in spec.options],
    }


def problems_of(sent: Mapping[str, Any], known: Mapping[str, Field]) -> list[tuple[str, str]]:
    """Return what is wrong with a field to be created, as (property, text).

    A key has letters, digits and underscores, not only digits, and is unique (Zendesk User Fields API).
    """
    problems = []
    key = sent.get("key")
    if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z0-9_]+", key) or key.isdigit():
        problems.append(("key", "Key: may only contain letters, digits and underscores, and not only digits"))
    elif key in known:
        problems.append(("key", f"Key: {key} has already been taken"))
    if not isinstance(sent.get("title"), str) or not sent["title"].strip():
        problems.append(("title", "Title: cannot be blank"))
    kind = sent.get("type")
    if not isinstance(kind, str) or kind not in READERS:
        problems.append(("type", "Type: is not a user field type"))
    if kind == "regexp" and not _is_pattern(sent.get("regexp_for_validation")):
        problems.append(("regexp_for_validation", "Regexp for validation: is invalid"))
    if kind in ("dropdown", "multiselect") and not _are_options(sent.get("custom_field_options")):
        problems.append(("custom_field_options", "Custom field options: need a name and a value each"))
    return problems


def stored_value(field: Field, value: object) -> Any:
    """Return the value as it is stored; null clears. Raises BadValue when it does not fit the type."""
    if value is None or value == "":
        return None
    return READERS[field["type"]](field, value)


def rendered_value(field: Field, value: Any) -> Any:
    """Return a stored value as the API shows it: a checkbox is never null, a date carries a time."""
    if field["type"] == "checkbox":
        return bool(value)
    if field["type"] == "date" and value is not None:
        return f"{value}T00:00:00+00:00"
    return value


def tags_of(field: Field, value: Any) -> set[str]:
    """Return the tags that a stored value adds to its user by itself."""
    if field["type"] == "checkbox" and value and field.get("tag"):
        return {field["tag"]}
    if field["type"] == "dropdown" and value:
        return {value}
    if field["type"] == "multiselect":
        return set(value or ())
    return set()


def possible_tags(field: Field) -> set[str]:
    """Return every tag the field could have added to a user."""
    options = {option["value"] for option in field.get("custom_field_options", ())}
    return options | ({field["tag"]} if field.get("tag") else set())


def _is_pattern(sent: object) -> bool:
    try:
        return isinstance(sent, str) and sent != "" and re.compile(_python_pattern(sent)) is not None
    except re.error:
        return False


def _python_pattern(sent: str) -> str:
    # The patterns are Ruby's; Python has no \z before 3.14.
    return sent.replace(r"\z", r"\Z")


def _are_options(sent: object) -> bool:
    return isinstance(sent, list) and all(
        isinstance(o, dict) and isinstance(o.get("name"), str) and isinstance(o.get("value"), str)
        for o in sent
    )


def _options(field_id: int, sent: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": field_id * 100 + n,
            "name": o["name"],
            "raw_name": o["name"],
            "value": o["value"],
            "position": n,
        }
        for n, o in enumerate(sent)
    ]


def _text(_field: Field, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise BadValue("is not text")


def _integer(_field: Field, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
        return value
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", value):
        return int(value)
    raise BadValue("is not an integer")


def _decimal(_field: Field, value: object) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max:
        return value
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,300}(\.[0-9]+)?", value):
        return float(value)
    raise BadValue("is not a number")


def _checkbox(_field: Field, value: object) -> bool:
    if value in ("true", "false"):
        return value == "true"
    if isinstance(value, bool):
        return value
    raise BadValue("is not true or false")


def _date(_field: Field, value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}([T ].*)?", value, re.ASCII):
        try:
            return date.fromisoformat(value[:10]).isoformat()
        except ValueError:
            pass
    raise BadValue("is not a date of the form YYYY-MM-DD")


def _dropdown(field: Field, value: object) -> str:
    if isinstance(value, str) and value in possible_tags(field):
        return value
    raise BadValue("is not one of the field's options")


def _multiselect(field: Field, value: object) -> list[str]:
    if not isinstance(value, list):
        raise BadValue("is not a list of the field's options")
    return [_dropdown(field, item) for item in value]


def _regexp(field: Field, value: object) -> str:
    if isinstance(value, str) and re.search(_python_pattern(field["regexp_for_validation"]), value):
        return value
    raise BadValue("does not match the field's pattern")


def _lookup(_field: Field, value: object) -> int | str:
    if isinstance(value, int | str) and not isinstance(value, bool):
        return value
    raise BadValue("is not the id of a record")


READERS: dict[str, Callable[[Field, object], Any]] = {
    "checkbox": _checkbox,
    "date": _date,
    "decimal": _decimal,
    "dropdown": _dropdown,
    "integer": _integer,
    "lookup": _lookup,
    "multiselect": _multiselect,
    "regexp": _regexp,
    "text": _text,
    "textarea": _text,
}
