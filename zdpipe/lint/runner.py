"""Queries → findings."""

from __future__ import annotations

import traceback
from pathlib import PurePath
from typing import TYPE_CHECKING

from zdpipe.lint.catalog import Catalog
from zdpipe.lint.codes import RULES
from zdpipe.lint.patterns import matches
from zdpipe.lint.rule import Remark
from zdpipe.lint.rules.parse_error import ParseError
from zdpipe.lint.silence import Silence
from zdpipe.lint.subject import Subject
from zdpipe.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zdpipe.lint.context import LintContext
    from zdpipe.lint.rule import Rule
    from zdpipe.model.query import Query

# Rules about comments judge what the others made use of.
_IN_ORDER = sorted(RULES.values(), key=lambda rule: rule.judges_noqa)
_ACCOUNT_RULES = "ZD7"


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
    silence = Silence(query, RULES.values(), catalog.has_schema)
    subject = Subject(query, context, catalog, queries, silence)
    ignored = _ignored(query, context)
    for rule in _IN_ORDER:
        if {rule.code, rule.name} & ignored:
            continue
        try:
            remarks = list(rule().check(subject)) if _applies(rule, query) else []
        except RecursionError:
            yield _finding(ParseError, _too_deep(subject), query, context)
            return
        except Exception as error:  # noqa: BLE001 - one rule's mistake is not to hide what the others see
            yield _finding(rule, _failed(rule, error, subject), query, context)
            continue
        if context.accounts or not rule.code.startswith(_ACCOUNT_RULES):
            silence.judge(rule)
        for remark in remarks:
            if not silence.covers(rule, remark.span.line):
                yield _finding(rule, remark, query, context)


def _applies(rule: type[Rule], query: Query) -> bool:
    return query.role in rule.roles and (query.problem is None or rule.reads_broken)


def _ignored(query: Query, context: LintContext) -> frozenset[str]:
    in_file = [codes for pattern, codes in context.ignore_in.items() if matches(pattern, query.path)]
    return context.ignore.union(*in_file)


def _too_deep(subject: Subject) -> Remark:
    return Remark(subject.positions.span(0, 0), "The SQL is nested too deeply to be checked. Use CTEs.")


def _failed(rule: type[Rule], error: Exception, subject: Subject) -> Remark:
    """Say that a rule could not look at a file; it counts as broken, for it may guard something."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return Remark(
        subject.positions.span(0, 0),
        f"A bug of zdpipe kept this rule from looking at the file ({type(error).__name__}{place}). "
        f"Please report it; until then `[lint] ignore_in` in zdpipe.toml can leave {rule.code} out here.",
    )


def _finding(rule: type[Rule], remark: Remark, query: Query, context: LintContext) -> Finding:
    severity = context.severities.get(rule.code, context.severities.get(rule.name, rule.severity))
    more = "`zdpipe lint --fix` mends it" if remark.fix else remark.hint
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=severity,
        message=remark.message,
        path=query.path,
        span=remark.span,
        help="; ".join(filter(None, (more, f"zdpipe rules {rule.code}"))),
        fix=remark.fix,
    )
