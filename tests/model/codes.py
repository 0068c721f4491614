"""Every code of an error or a stop in the package, found in its text and in its classes."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import zdpipe
from zdpipe.errors import ZdpipeError
from zdpipe.model.run import Stop
from zdpipe.pipeline.check import Check

# Codes of another kind, of what they are about and not of what went wrong.
_OTHERS = ("zdpipe.lint.rules.", "zdpipe.simulator.")


def every_code() -> dict[str, str]:
    """Return each code with a module that has it."""
    found: dict[str, str] = {}
    for module in _modules():
        for code in _in_calls(module):
            found.setdefault(code, module.__name__)
    return found | {kind.code: kind.__module__ for kind in _kinds(ZdpipeError)}


def _modules() -> Iterator[ModuleType]:
    for info in pkgutil.walk_packages(zdpipe.__path__, "zdpipe."):
        if not info.name.startswith(_OTHERS) and info.name != "zdpipe.__main__":
            yield importlib.import_module(info.name)


def _kinds(kind: type[ZdpipeError]) -> Iterator[type[ZdpipeError]]:
    yield kind
    for more in kind.__subclasses__():
        yield from _kinds(more)


def _in_calls(module: ModuleType) -> Iterator[str]:
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        made = _value(call.func, module)
        if isinstance(made, type) and issubclass(made, ZdpipeError | Stop | Check):
            for code in _code_of(call, made):
                value = _value(code, module)
                # What is no constant hands on the code of another error, such as `left.code`.
                if isinstance(value, str) and value:
                    yield value


def _code_of(call: ast.Call, made: type) -> Iterator[ast.expr]:
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "code")
    if made is Stop:
        yield from call.args[:1]
    elif made is Check:
        yield from call.args[4:5]


def _value(node: ast.expr, module: ModuleType) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return getattr(module, node.id, None)
    return None
