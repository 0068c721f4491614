"""Errors as a person or a program reads them."""

from __future__ import annotations

from zdpipe.cli import json_log
from zdpipe.cli.findings import print_findings_aside
from zdpipe.cli.output import complain
from zdpipe.errors import LintError, QueryError, ZdpipeError


def error_document(error: ZdpipeError) -> dict[str, object]:
    """Return the promised JSON shape of a failure."""
    return {"error": {"code": error.code, "message": message_of(error), "hint": error.hint}}


def complain_about(error: ZdpipeError) -> None:
    """Print an error with its cure, after the findings that caused it."""
    from zdpipe.reports.words import count, printable

    message = message_of(error)
    findings = getattr(error, "findings", ()) if isinstance(error, LintError) else ()
    if findings:
        print_findings_aside(findings, getattr(error, "sources", {}))
        message = f"The linter has {count(len(findings), 'finding')}; nothing was read or sent."
    complain("\n".join(printable(line) for line in message.splitlines()), error.hint, error.code)


def log_error(error: ZdpipeError) -> None:
    """Write an error to the log where that is JSON, beside the document that has it for programs."""
    if json_log.is_json():
        complain_about(error)


def message_of(error: ZdpipeError) -> str:
    """Return the message; an engine quotes the values it could not convert, which may be personal."""
    if not isinstance(error, QueryError):
        return error.message
    from zdpipe.reports.mask import mask_sentence

    return mask_sentence(error.message)
