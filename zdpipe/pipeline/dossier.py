"""One run with everything that its page shows: pace, SQL with findings, who failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from zdpipe.errors import StateError
from zdpipe.model.dossier import Dossier, SqlText
from zdpipe.model.query import Query, Role
from zdpipe.pipeline.failed import failures
from zdpipe.pipeline.history import show_run
from zdpipe.pipeline.linting import lint_queries
from zdpipe.pipeline.pacing import pace_of
from zdpipe.pipeline.store import open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.schema_file import read_schema
from zdpipe.query import read_query
from zdpipe.state.pace import limits_of, sent_of
from zdpipe.state.runs import RunRow

# So many of those who failed are shown: all of them are what `zdpipe runs failures` is for.
_PEOPLE = 20


def dossier(bench: Workbench, run_id: str | None = None) -> Dossier:
    """Return what can be said of a run now, by default of the newest.

    The linter reads the SQL that ran, with the rules and the schema.json of today. A rollback ran none.
    """
    shown = show_run(bench, run_id)
    with open_store(bench) as store:
        chosen = shown.run_id
        made = Dossier(
            report=shown,
            pace=pace_of(sent_of(store.connection, chosen), limits_of(store.connection, chosen)),
            sql=tuple(_sql(bench, store.run(chosen))),
            looked_at=bench.clock.now(),
        )
    return _with_failures(bench, made)


def _with_failures(bench: Workbench, made: Dossier) -> Dossier:
    """Add the first of those who failed; a run whose files are gone is still worth a page."""
    if not (made.report.failures or made.report.farewells.failed):
        return made
    try:
        found = failures(bench, made.report.run_id, people=_PEOPLE)
    except StateError as error:
        return replace(made, no_failures=error.message)
    return replace(made, failures=tuple(found.rows.to_dicts()), failed=found.objects)


def _sql(bench: Workbench, run: RunRow) -> Iterator[SqlText]:
    if run.rolls_back is not None:
        return
    project = bench.project
    query = _read(bench, run.query, run.sql, Role.QUERY)
    tables = [_read(bench, path, text, Role.ATTRIBUTE_TABLE) for path, text in run.attribute_tables.items()]
    linted = lint_queries(project, [query, *tables], read_schema(project.root), tables=tables or None)
    for read in (query, *tables):
        findings = tuple(finding for finding in linted.findings if finding.path == read.path)
        yield SqlText(read.path, read.text, findings)


def _read(bench: Workbench, path: str, text: str, role: Role) -> Query:
    root = bench.project.root
    return read_query(root / path, root, role, bench.project.source.dialect, text)
