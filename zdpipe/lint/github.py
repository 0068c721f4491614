"""Findings → annotations of a pull request (GitHub documentation, "Workflow commands")."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zdpipe.model.finding import Finding

_COMMANDS = {"error": "error", "warning": "warning", "hint": "notice"}
# Escapes as in actions/toolkit, packages/core/src/command.ts.
_IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = _IN_MESSAGE | str.maketrans({":": "%3A", ",": "%2C"})


def workflow_commands(findings: Iterable[Finding], path_of: Callable[[str], str]) -> str:
    """Return one command for each finding; `path_of` gives a file's path in the repository."""
    return "".join(f"{_command(finding, path_of(finding.path))}\n" for finding in findings)


def _command(finding: Finding, path: str) -> str:
    span = finding.span
    properties = {"file": path, "line": span.line}
    if span.line == span.end_line:
        # The checks API takes columns only where both ends are on one line.
        properties |= {"col": span.column, "endLine": span.end_line, "endColumn": span.end_column}
    else:
        properties |= {"endLine": span.end_line}
    properties["title"] = f"{finding.code} {finding.name}"
    shown = ",".join(f"{name}={str(value).translate(_IN_PROPERTY)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity.value]} {shown}::{finding.message.translate(_IN_MESSAGE)}"
