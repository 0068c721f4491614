"""schema.json: what the source offers, committed beside the queries so that lint needs no database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from zdpipe.errors import ProjectError
from zdpipe.model.schema import SourceSchema

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
    path = schema_path(root)
    tables = {name: dict(columns) for name, columns in sorted(schema.tables.items())}
    content = {"format": FORMAT} | (_load(path) or {}) | {"source": {"tables": tables}}
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    aside = path.with_name(path.name + ".new")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be written: {error.strerror}.", "Make the project's folder writable for you."
        ) from error
    return True


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
