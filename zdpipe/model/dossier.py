"""Everything that a page about one run shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from zdpipe.model.finding import Finding
from zdpipe.model.pace import Pace
from zdpipe.model.run import RunReport


@dataclass(frozen=True, slots=True)
class SqlText:
    """A file of SQL as a run had it, and what the linter says of it today."""

    path: str
    text: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Dossier:
    """A run, its pace, its SQL (the query first, then attribute tables), and some of those who failed.

    `failures` are records as `zdpipe runs failures` has them, personal data included; `no_failures` says why
    there are none although somebody failed. `failed` is how many there are in all.
    """

    report: RunReport
    pace: Pace
    sql: tuple[SqlText, ...]
    looked_at: datetime
    failures: tuple[Mapping[str, object], ...] = ()
    failed: int = 0
    no_failures: str = ""
