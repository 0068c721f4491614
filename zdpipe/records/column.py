"""One output column: what it is, and how its values are read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING

from zdpipe.errors import ProjectError
from zdpipe.model.fields import Kind
from zdpipe.records.translate import spellings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zdpipe.model.schema import UserField

OMIT = "omit"
CODE = re.compile("[A-Z]{2}")
IDENTITY_COLUMNS = frozenset({"external_id", "email", "name"})


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """How one output column is normalized; `on_invalid` is `omit` or `reject`.

    `values` are spellings, as `translate.spellings` writes them, with the value that each stands for.
    `field` is the account's own custom field where it decides; its type decides with `kind`.
    `max_length` is how many characters a text or a name may have.
    """

    column: str
    kind: Kind
    on_invalid: str = OMIT
    values: Mapping[str, str] = dataclass_field(default_factory=dict)
    field: UserField | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a project says of a column's values: other spellings, and how many characters they may have."""

    values: Mapping[str, str] = dataclass_field(default_factory=dict)
    max_length: int | None = None


def with_reading(rule: ColumnRule, reading: Reading) -> ColumnRule:
    """Return a rule with what the project says of its values; ProjectError where that cannot hold."""
    limited = replace(rule, max_length=reading.max_length)
    if not reading.values:
        return limited
    if rule.column in IDENTITY_COLUMNS:
        raise ProjectError(
            f"The column {rule.column} tells who somebody is and takes no other spellings.",
            f"Remove `values` from [fields.{rule.column}].",
        )
    codes = _codes(rule.column, reading.values) if rule.kind is Kind.STATE else {}
    return replace(limited, values=spellings(codes) | spellings(reading.values))


def _codes(column: str, values: Mapping[str, str]) -> dict[str, str]:
    for meant in values.values():
        if not CODE.fullmatch(meant):
            raise ProjectError(
                f"{meant!r} in [fields.{column}] values is no state.", "Write it as two capitals, such as BY."
            )
    return {meant: meant for meant in values.values()}
