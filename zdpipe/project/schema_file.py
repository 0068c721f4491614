"""schema.json: what source and accounts offer, committed beside the queries so that lint needs neither."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from zdpipe.errors import ProjectError
from zdpipe.model.schema import AccountSchema, SourceSchema, UserField
from zdpipe.project.committed_file import write_committed

FORMAT = 1


def schema_path(root: Path) -> Path:
    """Return where a project's schema lies."""
    return root / "schema.json"


def read_schema(root: Path) -> SourceSchema | None:
    """Return the source's schema, or None where it was never written."""
    content = _load(schema_path(root))
    if content is None or "source" not in content:
        return None
    try:
        tables = content["source"]["tables"]
        return SourceSchema({name: {**columns} for name, columns in tables.items()})
    except (KeyError, TypeError, AttributeError):
        raise _damaged(schema_path(root)) from None


def write_schema(root: Path, schema: SourceSchema) -> bool:
    """Write the source's part of schema.json, keeping the others; tell whether the file changed."""
    tables = {name: dict(columns) for name, columns in sorted(schema.tables.items())}
    return _write(root, {"source": {"tables": tables}})


def read_accounts(root: Path) -> dict[str, AccountSchema]:
    """Return what was written of accounts, by the name of their destination."""
    content = _load(schema_path(root)) or {}
    try:
        return {name: _account(written) for name, written in content.get("accounts", {}).items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _damaged(schema_path(root)) from None


def read_account(root: Path, account: str) -> AccountSchema | None:
    """Return what was last written of an account, under whatever destination, or None."""
    known = [schema for schema in read_accounts(root).values() if schema.account == account]
    return max(known, key=lambda schema: schema.read_at, default=None)


def write_account(root: Path, destination: str, schema: AccountSchema) -> bool:
    """Write a destination's part of schema.json, keeping the others; tell whether its fields changed.

    Where nothing but the time differs, the file stays as it is, so that versions differ by facts alone.
    """
    before = read_accounts(root)
    same = before.get(destination)
    if same is not None and (same.account, same.fields) == (schema.account, schema.fields):
        return False
    accounts = {name: _written(one) for name, one in sorted({**before, destination: schema}.items())}
    return _write(root, {"accounts": accounts})


def _account(written: Mapping[str, Any]) -> AccountSchema:
    fields = {
        key: UserField(key, one["type"], one["title"], one.get("active", True), {**one.get("options", {})})
        for key, one in written["user_fields"].items()
    }
    return AccountSchema(written["account"], datetime.fromisoformat(written["read_at"]), fields)


def _written(schema: AccountSchema) -> dict[str, Any]:
    fields = {key: _written_field(one) for key, one in sorted(schema.fields.items())}
    read_at = schema.read_at.isoformat(timespec="seconds")
    return {"account": schema.account, "read_at": read_at, "user_fields": fields}


def _written_field(field: UserField) -> dict[str, Any]:
    written: dict[str, Any] = {"type": field.type, "title": field.title}
    return (
        written
        | ({} if field.active else {"active": False})
        | ({"options": dict(field.options)} if field.options else {})
    )


def _write(root: Path, parts: Mapping[str, Any]) -> bool:
    path = schema_path(root)
    return write_committed(path, {"format": FORMAT, **(_load(path) or {}), **parts})


def _load(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ProjectError(
            f"{path} cannot be read: {error}.", "Delete it; `zdpipe schema` writes it anew."
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _damaged(path)
    return content


def _damaged(path: Path) -> ProjectError:
    return ProjectError(
        f"{path} is not a schema that this zdpipe reads.", "Delete it; `zdpipe schema` writes it anew."
    )
