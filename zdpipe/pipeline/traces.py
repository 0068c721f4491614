"""The lines of SQL that made a run's columns, told of the texts that ran."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zdpipe.errors import ProjectError
from zdpipe.lint.context import LintContext
from zdpipe.lint.tracing import Tracer
from zdpipe.model.journey import Note, Trace
from zdpipe.model.query import Query, Role
from zdpipe.pipeline.linting import by_name
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.schema_file import read_schema
from zdpipe.query import read_query
from zdpipe.state.runs import RunRow


def trace_columns(bench: Workbench, run: RunRow, columns: Iterable[str]) -> dict[str, Trace]:
    """Return what made each output column of a run; nothing where its SQL cannot be followed at all."""
    query = _read(bench, run.query, Role.QUERY, run.sql)
    if query.statement is None:
        return {}
    tables = [
        _read(bench, path, Role.ATTRIBUTE_TABLE, text) for path, text in sorted(run.attribute_tables.items())
    ]
    context = LintContext(schema=read_schema(bench.project.root), attribute_tables=by_name(tables))
    tracer = Tracer(query, context)
    return {column: tracer.trace(column) for column in columns}


def changed_texts(bench: Workbench, run: RunRow) -> Iterator[Note]:
    """Yield what is no longer as it was when the run read it: its query, and its attribute tables."""
    texts = {run.query: (Role.QUERY, run.sql)} | {
        path: (Role.ATTRIBUTE_TABLE, text) for path, text in sorted(run.attribute_tables.items())
    }
    for path, (role, text) in texts.items():
        try:
            now = _read(bench, path, role, None)
        except ProjectError:
            yield Note(
                "text_gone", f"{path} is gone or cannot be read; lines are those of the text that ran."
            )
            continue
        if now.text != text:
            yield Note("text_changed", f"{path} has changed since; lines are those of the text that ran.")


def _read(bench: Workbench, path: str, role: Role, text: str | None) -> Query:
    root = bench.project.root
    return read_query(root / path, root, role, bench.project.source.dialect, text)
