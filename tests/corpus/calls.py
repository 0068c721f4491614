"""The SQL in a test module of sqlglot, read from its syntax tree and never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_CHECKS = {"validate_identity", "validate_all"}


def texts_in_calls(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield (dialect, SQL) of each check in each class that names its dialect."""
    for part in module.body:
        if isinstance(part, ast.ClassDef) and (dialect := _dialect_of(part)) is not None:
            for node in ast.walk(part):
                if isinstance(node, ast.Call) and _name(node) in _CHECKS:
                    yield from _of_call(node, dialect)


def _dialect_of(part: ast.ClassDef) -> str | None:
    for line in part.body:
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant):
            names = [target.id for target in line.targets if isinstance(target, ast.Name)]
            if names == ["dialect"] and isinstance(line.value.value, str):
                return line.value.value
    return None


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _of_call(call: ast.Call, dialect: str) -> Iterator[tuple[str, str]]:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    own = _text(given["dialect"]) if "dialect" in given else dialect
    first = call.args[0] if call.args else given.get("sql")
    if own is not None and (sql := _text(first)) is not None:
        yield own, sql
    for translations in (given.get("read"), given.get("write")):
        if isinstance(translations, ast.Dict):
            for key, value in zip(translations.keys, translations.values, strict=True):
                name, sql = _text(key), _text(value)
                if name and sql:
                    yield name.partition(",")[0], sql


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
