"""The bytes Zendesk gets for one user, as a SQL expression."""

from __future__ import annotations

import json

from zdpipe.changes.columns import Columns
from zdpipe.model.fields import SKIP_VERIFY_EMAIL, custom_field_key, is_custom_field
from zdpipe.model.known import literal
from zdpipe.model.policy import CLEARED


def payload_sql(columns: Columns, *, skip_verify_email: str | None = None) -> str:
    """Return an expression over `email`, `external_id` and the value columns: compact JSON without nulls,
    but for fields that are cleared.

    `email` comes first, all other keys in alphabetical order, those of `user_fields` in theirs. With a
    condition for `skip_verify_email`, that property is added where the condition holds, unless the query has
    a column of that name.
    """
    members = {"external_id": _member("external_id", "to_json(external_id)::VARCHAR")}
    members |= {
        name: _member(name, _value(columns, name, slot))
        for name, slot in columns
        if not is_custom_field(name)
    }
    members["user_fields"] = _custom_fields(columns)
    if skip_verify_email is not None and SKIP_VERIFY_EMAIL not in members:
        members[SKIP_VERIFY_EMAIL] = (
            f"CASE WHEN {skip_verify_email} THEN {_key(SKIP_VERIFY_EMAIL)} || 'true' END"
        )
    ordered = [_member("email", "to_json(email)::VARCHAR"), *(members[name] for name in sorted(members))]
    return f"'{{' || {_joined(ordered)} || '}}'"


def _custom_fields(columns: Columns) -> str:
    members = {
        custom_field_key(name): _value(columns, name, slot) for name, slot in columns if is_custom_field(name)
    }
    if not members:
        return "NULL"
    inner = _joined([_member(key, members[key]) for key in sorted(members)])
    return f"{_key('user_fields')} || '{{' || nullif({inner}, '') || '}}'"


def _value(columns: Columns, name: str, slot: str) -> str:
    """Return a field's JSON text as it goes over the wire: cleared fields each in their own way."""
    cleared = columns.policy(name).cleared
    if cleared == CLEARED:
        return slot
    return f"CASE WHEN {slot} = {literal(CLEARED)} THEN {literal(cleared)} ELSE {slot} END"


def _member(key: str, fragment: str) -> str:
    return f"{_key(key)} || {fragment}"


def _key(key: str) -> str:
    return literal(json.dumps(key, ensure_ascii=False) + ":")


def _joined(members: list[str]) -> str:
    # concat_ws leaves nulls out, and text || NULL is null: so a null value takes its key along.
    return f"concat_ws(',', {', '.join(members)})"
