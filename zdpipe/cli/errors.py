"""Errors as a person or a program reads them."""

from __future__ import annotations

from zdpipe.cli.findings import print_findings_aside
from zdpipe.cli.output import complain
from zdpipe.errors import LintError, QueryError, ZdpipeError


def error_document(error: ZdpipeError) -> dict[str, object]:
    """Return the promised JSON shape of a failure."""
    return {"error": {"code": error.code, "message": _message(error), "hint": error.hint}}


def complain_about(error: ZdpipeError) -> None:
    """Print an error with its cure, after the findings that caused it."""
    from zdpipe.reports.words import count, printable

    message = _message(error)
    findings = getattr(error, "findings", ()) if isinstance(error, LintError) else ()
    if findings:
        print_findings_aside(findings, getattr(error, "sources", {}))
        message = f"The linter has {count(len(findings), 'finding')}; nothing was read or sent."
    complain("\n".join(printable(line) for line in message.splitlines()), error.hint)


def _message(error: ZdpipeError) -> str:
    """Return the message; an engine quotes the values it could not convert, which may be personal."""
    if not isinstance(error, QueryError):
        return error.message
    from zdpipe.reports.mask import mask_sentence

    return mask_sentence(error.message)
