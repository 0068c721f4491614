"""Every error that ends a run, with its exit code.

ZdpipeError
├─ UsageProblem          2  the words of a command do not fit
├─ ProjectError          2  zdpipe.toml, a folder or a file of the project
├─ CredentialError       2  a secret that cannot be read, or that Zendesk refuses before anything was sent
├─ QueryError            2  SQL that the engine refuses
├─ LintError             2  findings of severity error stand before a run
├─ StateError            2  the state folder: locked, read-only, damaged, newer than this zdpipe
├─ DestinationError      2  Zendesk cannot be reached or refuses, before anything was queued
├─ UnfinishedError       4  batches are left; the hint is the command that continues
└─ Interrupted         130  stopped from the keyboard

Findings, rejections and people Zendesk refused are values, never exceptions.
"""

from __future__ import annotations


class ZdpipeError(Exception):
    """Root of all errors that a command reports in one message with a cure."""

    code = "error"
    exit_code = 2

    def __init__(self, message: str, hint: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or type(self).code


class UsageProblem(ZdpipeError):
    """Raised when options contradict each other or name something that is not there."""

    code = "usage"


class ProjectError(ZdpipeError):
    """Raised when the project's files cannot be used as they are."""

    code = "project"


class CredentialError(ZdpipeError):
    """Raised when a secret is missing, or Zendesk does not accept it."""

    code = "credentials"


class QueryError(ZdpipeError):
    """Raised when the engine refuses a query or cannot open its source."""

    code = "query"


class LintError(ZdpipeError):
    """Raised by commands that need clean SQL when findings of severity error stand."""

    code = "lint"


class StateError(ZdpipeError):
    """Raised when the state folder cannot be read or written safely."""

    code = "state"


class StateLocked(StateError):
    """Raised when another process is the writer of the same account; the message names it."""

    code = "locked"


class DestinationError(ZdpipeError):
    """Raised when Zendesk cannot be reached or refuses before anything of this run was queued."""

    code = "destination"


class UnfinishedError(ZdpipeError):
    """Raised when sending stopped with batches left; nothing is lost and the hint continues it."""

    code = "unfinished"
    exit_code = 4


# A terminal's ^C and a service manager's SIGTERM look alike from here.
STOPPED = "Stopped on request."


class Interrupted(ZdpipeError):
    """Raised when a person stopped the command; what was recorded stays."""

    code = "interrupted"
    exit_code = 130
