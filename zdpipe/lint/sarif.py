"""Findings → one SARIF 2.1.0 document (OASIS, "Static Analysis Results Interchange Format")."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from zdpipe.lint.codes import RULES
from zdpipe.lint.explain import documentation, rule_list
from zdpipe.model.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from zdpipe.model.finding import Edit, Finding, Span

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "hint": "note"}
_PLACES = {code: place for place, code in enumerate(RULES)}


def sarif(
    findings: Iterable[Finding], sources: Mapping[str, str], path_of: Callable[[str], str], version: str
) -> dict[str, object]:
    """Return the document; `sources` are the texts that findings speak of, by path.

    `path_of` gives a file's path in the repository, `version` is that of zdpipe.
    """
    driver = {"name": "zdpipe", "version": version, "semanticVersion": version, "rules": _rules()}
    lines = {path: Lines(text) for path, text in sources.items()}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\r", "\n"],
        "results": [_result(finding, lines.get(finding.path), path_of) for finding in findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules() -> list[dict[str, object]]:
    return [
        {
            "id": rule.code,
            "name": rule.name,
            "shortDescription": {"text": rule.summary},
            "help": {"text": documentation(RULES[rule.code]), "markdown": documentation(RULES[rule.code])},
            "defaultConfiguration": {"level": _LEVELS[rule.severity.value]},
        }
        for rule in rule_list()
    ]


def _result(finding: Finding, lines: Lines | None, path_of: Callable[[str], str]) -> dict[str, object]:
    artifact = _artifact(path_of(finding.path))
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": _PLACES[finding.code],
        "level": _LEVELS[finding.severity.value],
        "message": {"text": finding.message},
        "locations": [
            {"physicalLocation": {"artifactLocation": artifact, "region": _region(finding.span)}},
        ],
    }
    if finding.fix and lines is not None:
        replacements = [_replacement(edit, lines) for edit in finding.fix]
        result["fixes"] = [
            {"artifactChanges": [{"artifactLocation": artifact, "replacements": replacements}]}
        ]
    return result


def _artifact(path: str) -> dict[str, str]:
    return {"uri": f"file://{quote(path)}" if path.startswith("/") else quote(path)}


def _region(span: Span) -> dict[str, int]:
    """Return a place; lines and columns count from 1 and the end is exclusive, as in ours."""
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _replacement(edit: Edit, lines: Lines) -> dict[str, object]:
    return {
        "deletedRegion": _region(lines.span(edit.start, edit.end)),
        "insertedContent": {"text": edit.new},
    }
