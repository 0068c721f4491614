"""Queries → findings."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from zdpipe.lint.catalog import Catalog
from zdpipe.lint.codes import RULES
from zdpipe.lint.rule import Remark
from zdpipe.lint.rules.parse_error import ParseError
from zdpipe.lint.subject import Subject
from zdpipe.lint.suppress import is_suppressed, suppressions
from zdpipe.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zdpipe.lint.context import LintContext
    from zdpipe.lint.rule import Rule
    from zdpipe.model.query import Query


def lint(queries: Sequence[Query], context: LintContext) -> list[Finding]:
    """Return what every rule has to say of every file, sorted by path, place and code."""
    catalog = Catalog(context)
    found = [finding for query in queries for finding in _lint_file(query, context, catalog, queries)]
    return sorted(found, key=_order)


def _order(finding: Finding) -> tuple[str, int, int, str]:
    return finding.path, finding.span.line, finding.span.column, finding.code


def _lint_file(
    query: Query, context: LintContext, catalog: Catalog, queries: Sequence[Query]
) -> Iterator[Finding]:
    subject = Subject(query, context, catalog, queries)
    ignored = _ignored(query, context)
    quiet = suppressions(subject.positions, query.dialect) if query.problem is None else {}
    for rule in RULES.values():
        if not _applies(rule, query) or {rule.code, rule.name} & ignored:
            continue
        try:
            remarks = list(rule().check(subject))
        except RecursionError:
            yield _finding(ParseError, _too_deep(subject), query, context)
            return
        for remark in remarks:
            if not is_suppressed(rule, quiet.get(remark.span.line, frozenset())):
                yield _finding(rule, remark, query, context)


def _applies(rule: type[Rule], query: Query) -> bool:
    return query.role in rule.roles and (query.problem is None or rule.reads_broken)


def _ignored(query: Query, context: LintContext) -> frozenset[str]:
    in_file = [codes for pattern, codes in context.ignore_in.items() if fnmatchcase(query.path, pattern)]
    return context.ignore.union(*in_file)


def _too_deep(subject: Subject) -> Remark:
    return Remark(subject.positions.span(0, 0), "The SQL is nested too deeply to be checked. Use CTEs.")


def _finding(rule: type[Rule], remark: Remark, query: Query, context: LintContext) -> Finding:
    severity = context.severities.get(rule.code, context.severities.get(rule.name, rule.severity))
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=severity,
        message=remark.message,
        path=query.path,
        span=remark.span,
        fixable=remark.fixable,
        help=f"zdpipe rules {rule.code}",
    )
