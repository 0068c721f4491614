"""Errors as a person or a program reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.cli.output import complain, note
from zdpipe.errors import LintError, QueryError, ZdpipeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zdpipe.model.finding import Finding


def error_document(error: ZdpipeError) -> dict[str, object]:
    """Return the promised JSON shape of a failure."""
    return {"error": {"code": error.code, "message": _message(error), "hint": error.hint}}


def complain_about(error: ZdpipeError) -> None:
    """Print an error with its cure, after the findings that caused it."""
    from zdpipe.reports.words import count, printable

    message = _message(error)
    findings = getattr(error, "findings", ()) if isinstance(error, LintError) else ()
    if findings:
        _show_findings(findings, getattr(error, "sources", {}))
        message = f"The linter has {count(len(findings), 'finding')}; nothing was read or sent."
    complain("\n".join(printable(line) for line in message.splitlines()), error.hint)


def _message(error: ZdpipeError) -> str:
    """Return the message; an engine quotes the values it could not convert, which may be personal."""
    if not isinstance(error, QueryError):
        return error.message
    from zdpipe.reports.mask import mask_sentence

    return mask_sentence(error.message)


def _show_findings(findings: Sequence[Finding], sources: Mapping[str, str]) -> None:
    from zdpipe.lint import render

    for finding in findings:
        note(render(finding, sources.get(finding.path, "")))
