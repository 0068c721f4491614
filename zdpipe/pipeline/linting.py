"""SQL files of a project to findings; needs neither the source nor an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlglot import exp

from zdpipe.errors import LintError
from zdpipe.lint.context import LintContext, OtherEngine
from zdpipe.lint.runner import lint
from zdpipe.model.dialect import ENGINE_DIALECT
from zdpipe.model.finding import Finding, Severity
from zdpipe.model.query import Query
from zdpipe.model.schema import AccountSchema, SourceSchema
from zdpipe.pipeline.sql_files import attribute_tables, chosen_paths, read_file
from zdpipe.project.project import Project
from zdpipe.project.schema_file import read_accounts, read_schema
from zdpipe.query import find_queries

# missing-custom-field and inactive-custom-field
_FIELD_CODES = frozenset({"ZD701", "ZD702"})


@dataclass(frozen=True)
class LintReport:
    """What the linter says of some files; `sources` are their texts by the path that findings name.

    Unless it `knows_source`, no table, column or type was checked.
    """

    findings: tuple[Finding, ...]
    files: int
    sources: Mapping[str, str]
    knows_source: bool = True


class DirtyQuery(LintError):
    """Raised by commands that need clean SQL; carries the findings and the texts they point into."""

    def __init__(self, report: LintReport) -> None:
        errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(
            f"{first.path}:{first.span.line}:{first.span.column}: {first.code} {first.message}{more}",
            f"Mend it, then look again with: zdpipe lint {first.path}",
        )
        self.findings = report.findings
        self.sources = report.sources


def lint_project(
    project: Project, paths: Sequence[Path] | None = None, stdin: tuple[str, str] | None = None
) -> LintReport:
    """Lint the project's SQL, or the files and folders named, or one text as (file name, text)."""
    schema = read_schema(project.root)
    if stdin is not None:
        name, text = stdin
        return lint_queries(project, [read_file(project, Path(name), text)], schema)
    return lint_queries(project, [read_file(project, path) for path in chosen_paths(project, paths)], schema)


def lint_account_fields(project: Project, accounts: Mapping[str, AccountSchema]) -> tuple[Finding, ...]:
    """Return the custom fields of the project's queries that one of the accounts lacks or does not use."""
    folder = project.paths.queries
    queries = [read_file(project, path) for path in find_queries(folder)] if folder.is_dir() else []
    report = lint_queries(project, queries, read_schema(project.root), accounts)
    return tuple(finding for finding in report.findings if finding.code in _FIELD_CODES)


def lint_queries(
    project: Project,
    queries: Sequence[Query],
    schema: SourceSchema | None,
    accounts: Mapping[str, AccountSchema] | None = None,
    tables: Sequence[Query] | None = None,
) -> LintReport:
    """Lint queries against what is known of the source and of accounts, by default as schema.json says.

    `tables` are the attribute tables that there are, by default the project's own.
    """
    named = by_name(attribute_tables(project) if tables is None else tables)
    engine = _other_engine(project, schema, named)
    known = [query if engine else asked(query) for query in queries]
    context = LintContext(
        schema=schema,
        accounts=read_accounts(project.root) if accounts is None else accounts,
        allowed_fields=frozenset(name for name, rule in project.fields.items() if rule.allow),
        kinds={name: rule.as_ for name, rule in project.fields.items() if rule.as_ is not None},
        attribute_tables=named,
        severities={code: Severity(word) for code, word in project.lint.severity.items()},
        ignore=frozenset(project.lint.ignore),
        ignore_in={pattern: frozenset(codes) for pattern, codes in project.lint.ignore_in.items()},
        engine=engine,
    )
    findings = lint(known, context)
    sources = {query.path: query.text for query in queries}
    return LintReport(tuple(findings), len(queries), sources, schema is not None)


def _other_engine(
    project: Project, schema: SourceSchema | None, tables: Mapping[str, Query]
) -> OtherEngine | None:
    if project.source.engine != "spark":
        return None
    from zdpipe.query.spark import CURE, SPARK_DIALECT, spark_losses  # noqa: PLC0415 - few projects have one

    def losses(query: Query) -> Iterator[tuple[exp.Expr, str]]:
        for loss in spark_losses(query, schema, tables):
            yield loss.node, loss.reason

    return OtherEngine("Spark", SPARK_DIALECT, losses, CURE)


def asked(query: Query) -> Query:
    """Ask the engine whether it reads DuckDB's SQL that sqlglot refuses; it is loaded for that alone."""
    problem = query.problem
    if problem is None or not problem.by_grammar or query.dialect != ENGINE_DIALECT:
        return query
    from zdpipe.engine.grammar import reads  # noqa: PLC0415 - most runs of the linter need no DuckDB

    return replace(query, problem=replace(problem, engine_reads=reads(query.text)))


def by_name(tables: Sequence[Query]) -> dict[str, Query]:
    """Return attribute tables by name; one whose name is taken goes by its path, so that it is not lost."""
    named: dict[str, Query] = {}
    for table in tables:
        named[table.path if table.name in named else table.name] = table
    return named


def refuse_errors(report: LintReport) -> None:
    """Raise DirtyQuery when a finding is an error."""
    if any(finding.severity is Severity.ERROR for finding in report.findings):
        raise DirtyQuery(report)
