"""What the name of an output column is meant to be."""

from __future__ import annotations

import re
import unicodedata

from zdpipe.lint.nearest import did_you_mean
from zdpipe.model.fields import CUSTOM_FIELD_KEY, CUSTOM_FIELD_PREFIX, PROPERTIES, Access

# Amperity documentation, "Use an attributes table".
TABLE_COLUMN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")

_MEANT_CUSTOM = re.compile(r"\s*user[_\s-]?fields?(?:[^A-Za-z0-9](?P<key>.*)|$)", re.IGNORECASE | re.DOTALL)
_MISSPELT_PREFIX = re.compile(r"user[_\s-]?fields?\.(?P<key>.*)", re.IGNORECASE)

# What people write in front of a custom field's key who do not remember `user_fields.`.
_FOREIGN_PREFIX = re.compile(
    r"(?:attributes?|custom[_\s-]?(?:user[_\s-]?)?fields?|custom|fields?|users?|zendesk)\.(?=[A-Za-z_])",
    re.IGNORECASE,
)

# Names that customer tables use for what Zendesk calls otherwise.
_COMMON_NAMES = {
    "cell": "phone",
    "cell_phone": "phone",
    "customer_id": "external_id",
    "email_address": "email",
    "full_name": "name",
    "fullname": "name",
    "language": "locale",
    "mail": "email",
    "mobile": "phone",
    "mobile_phone": "phone",
    "phone_number": "phone",
    "telephone": "phone",
    "timezone": "time_zone",
}
_SENDABLE = tuple(name for name, entry in PROPERTIES.items() if entry.access is Access.WRITE)


def is_meant_custom(name: str) -> bool:
    """Tell whether a name begins like that of a custom field, rightly spelled or not."""
    return _MEANT_CUSTOM.fullmatch(name) is not None


def custom_field_mistake(name: str) -> str | None:
    """Return what is wrong with a name that is meant as a custom field's; None when nothing is."""
    if not name.startswith(CUSTOM_FIELD_PREFIX):
        return "its name begins with `user_fields.`"
    key = name.removeprefix(CUSTOM_FIELD_PREFIX)
    if not key:
        return "the key is missing"
    if "." in key:
        return "its key has no further dot"
    if not CUSTOM_FIELD_KEY.fullmatch(key):
        return "its key has letters, digits and underscores only"
    if key.isdigit():
        return "its key cannot be a number"
    return None


def respelled_custom_field(name: str) -> str | None:
    """Return a name with the right prefix, where the prefix is all that is wrong with it."""
    meant = _MISSPELT_PREFIX.fullmatch(name)
    right = f"{CUSTOM_FIELD_PREFIX}{meant['key']}" if meant else name
    return right if right != name and custom_field_mistake(right) is None else None


def custom_field_key_of(name: str) -> str:
    """Return the key that a misspelled custom field probably means, empty when it has none."""
    meant = _MEANT_CUSTOM.fullmatch(name)
    key = slug(meant["key"] or "") if meant else ""
    return f"field_{key}" if key.isdigit() else key


def slug(name: str) -> str:
    """Return a name with letters, digits and underscores only; `Größe` becomes `grosse`."""
    letters = (c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", "".join(letters)).strip("_")


def key_meant_by(name: str) -> str:
    """Return the key of the custom field that an unknown name may stand for, empty without one."""
    return slug(_FOREIGN_PREFIX.sub("", name, count=1))


def field_like(name: str) -> str:
    """Return a question that names the field most like an unknown one, or nothing."""
    common = _COMMON_NAMES.get(name.casefold())
    return f" Did you mean `{common}`?" if common else did_you_mean(name, _SENDABLE)
