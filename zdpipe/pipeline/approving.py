"""Approvals of queries for protected destinations: what they are about, and who needs one."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable, Mapping, Sequence

from zdpipe.errors import UsageProblem
from zdpipe.lint.outputs import naming_selects, outputs_of
from zdpipe.model.approval import Approval, QueryPrint
from zdpipe.model.plan import Unapproved
from zdpipe.model.query import Query
from zdpipe.pipeline.prepare import Prepared
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.approvals_file import read_approvals
from zdpipe.project.destination import Destination
from zdpipe.project.project import Project
from zdpipe.project.tables import Table
from zdpipe.state.runs import RunRow


class NotApproved(UsageProblem):
    """Raised when a protected destination demands an approval that a query does not have."""

    code = "not_approved"


def demands_approvals(bench: Workbench, destination: Destination) -> bool:
    """Tell whether a destination wants approvals instead of a yes: a protected one does from its first on."""
    return destination.protected and bool(approvals_for(bench, destination))


def approvals_for(bench: Workbench, destination: Destination) -> tuple[Approval, ...]:
    """Return the approvals that were given for a destination, or for its account under another name."""
    account = bench.account(destination)
    return tuple(
        approval
        for approval in read_approvals(bench.project.root)
        if approval.destination == destination.name or approval.account == account
    )


def require_approval(bench: Workbench, ready: Prepared, destination: Destination) -> None:
    """Raise NotApproved where a destination demands approvals and the query, as it is now, has none."""
    lacking = lacking_approval(bench, ready, destination)
    if lacking is not None:
        cure = f"Have it approved as it is now: {lacking.command}"
        raise NotApproved(f"Nothing was sent: {lacking.reason}.", cure)


def lacking_approval(bench: Workbench, ready: Prepared, destination: Destination) -> Unapproved | None:
    """Return why a destination would refuse a query as it is now; None where it would not."""
    if not destination.protected:
        return None
    made_of = print_of(bench.project, ready.query, ready.attribute_tables)
    reason = _refusal(bench, destination, ready.query.path, made_of)
    return Unapproved(reason, _promotion(bench, destination, ready.query.path)) if reason else None


def require_approval_of_run(bench: Workbench, run: RunRow, destination: Destination) -> None:
    """Raise NotApproved where a destination demands approvals and a planned run's own text has none.

    What zdpipe.toml said when it was planned is known no more, and part of its outbox already.
    """
    if destination.protected:
        tables = {path: digest(text) for path, text in run.attribute_tables.items()}
        made_of = QueryPrint(digest(run.sql), tables, None)
        reason = _refusal(bench, destination, run.query, made_of)
        if reason:
            again = shlex.join(["zdpipe", "run", run.query, "--to", destination.name])
            raise NotApproved(
                f"Run {run.run_id} is not resumed: {reason}.",
                f"Send the query as it is approved now, which closes this run: {again}",
            )


def print_of(project: Project, query: Query, attribute_tables: Sequence[Query]) -> QueryPrint:
    """Return the digests of a query and of the attribute tables it needs."""
    return QueryPrint(
        digest(query.text),
        {table.path: digest(table.text) for table in attribute_tables},
        _settings(project, query, attribute_tables),
    )


def digest(text: str) -> str:
    """Return the SHA-256 of a text, whatever way its lines end: git writes them as the system has it."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()


def columns_of(query: Query) -> frozenset[str] | None:
    """Return the names of a query's columns in small letters; None where its text alone does not tell."""
    outputs = [output for select in naming_selects(query.statement) for output in outputs_of(select)]
    names = frozenset(output.name.casefold() for output in outputs if output.name is not None)
    return names if outputs and all(output.name is not None for output in outputs) else None


def unapproved(bench: Workbench, destination: Destination, queries: Iterable[str]) -> tuple[str, ...]:
    """Return those of some queries, by path, that a destination would refuse for want of any approval."""
    account = bench.account(destination)
    approved = {each.query for each in approvals_for(bench, destination) if each.account == account}
    return tuple(sorted(set(queries) - approved))


def _refusal(bench: Workbench, destination: Destination, query: str, made_of: QueryPrint) -> str | None:
    """Say why a query has no approval that holds; None where it has, or where none is demanded."""
    given = approvals_for(bench, destination)
    if not given:
        return None
    account = bench.account(destination)
    found = next((each for each in given if (each.query, each.account) == (query, account)), None)
    if found is None:
        reason = _without(given, query, account)
    else:
        changed = list(found.made_of.what_changed(made_of))
        if not changed:
            return None
        reason = f"since {found.words}, {' and '.join(changed)} changed"
    return f"{query} is not approved for {destination.name} ({account}): {reason}"


def _promotion(bench: Workbench, destination: Destination, query: str) -> str:
    """Return the command that approves a query, from where it, or another one, was promoted before."""
    given = approvals_for(bench, destination)
    source = next((each.source for each in given if each.query == query), given[0].source)
    return shlex.join(["zdpipe", "promote", query, "--from", source, "--to", destination.name])


def _without(given: Sequence[Approval], query: str, account: str) -> str:
    for other in given:
        if other.query == query:
            return f"{other.words} for {other.account}, and this is {account}"
    return "the destination takes approved queries only, and nobody approved this one"


def _settings(project: Project, query: Query, attribute_tables: Sequence[Query]) -> str:
    """Return the digest of what decides which values are made of the query's rows, and of who is gone.

    Where the rows come from is no part of it: the machine that promotes may have another source.
    """
    columns = columns_of(query)
    rules = {
        name: _said(rule)
        for name, rule in project.fields.items()
        if columns is None or name.casefold() in columns
    }
    said: Mapping[str, object] = {
        "dialects": {sql.path: sql.dialect for sql in (query, *attribute_tables)},
        "fields": rules,
        "phone": _said(project.phone),
        "identity": _said(project.identity),
        "gone": _said(project.gone),
    }
    return digest(json.dumps(said, sort_keys=True))


def _said(table: Table) -> dict[str, object]:
    # Defaults are left out, so that a version with one more key takes no approval away.
    return table.model_dump(mode="json", exclude_defaults=True)
