"""`zdpipe promote`: from an account where a query was tried to the one where it is to run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from zdpipe.errors import UsageProblem
from zdpipe.model.account_facts import field_differences, limit_differences, right_differences
from zdpipe.model.approval import Approval
from zdpipe.model.guard import Guard
from zdpipe.model.promotion import Promotion
from zdpipe.model.query import Query
from zdpipe.model.run import RunReport
from zdpipe.pipeline.approvals import give_approval
from zdpipe.pipeline.approving import approvals_for, columns_of, print_of, unapproved
from zdpipe.pipeline.drafts import is_draft
from zdpipe.pipeline.history import report
from zdpipe.pipeline.linting import lint_queries
from zdpipe.pipeline.obstacles import has_errors, obstacles, sent_fields
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.prepare import read_one_query
from zdpipe.pipeline.schema import account_schema, refresh_schema
from zdpipe.pipeline.sql_files import attribute_tables
from zdpipe.pipeline.store import open_store
from zdpipe.pipeline.survey import survey, two_accounts
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.approvals_file import approvals_path
from zdpipe.project.destination import Destination
from zdpipe.project.schema_file import read_schema, write_account
from zdpipe.query import attribute_tables_needed, find_queries
from zdpipe.state.runs import load_runs


def examine_promotion(
    bench: Workbench, path: Path, source: str, target: str, allow: Collection[Guard] = ()
) -> Promotion:
    """Compare two accounts, and lint and plan a query for the second one; nothing is sent or approved.

    What the project's source and the second account offer is kept in schema.json. Guards in `allow` stand in
    nobody's way.
    """
    here, there = two_accounts(bench, source, target)
    query = _inside(bench, read_one_query(bench, path))
    tables = _tables(bench, query)
    first, second = survey(bench, here), survey(bench, there)
    refresh_schema(bench)
    schema = account_schema(bench, there, second.raw_fields)
    write_account(bench.project.root, there.name, schema)
    known = read_schema(bench.project.root)
    findings = lint_queries(bench.project, [query, *tables], known, {there.name: schema}).findings
    plan = None if has_errors(findings) else plan_query(bench, path, to=there.name, online=True)
    if plan is not None:  # the approval that a run would lack is given here
        plan = replace(plan, unapproved=None)
    promotion = Promotion(
        query=query.path,
        made_of=print_of(bench.project, query, tables),
        source=first.facts,
        target=second.facts,
        sent=sent_fields(columns_of(query), plan),
        fields=field_differences(first.facts.fields, second.facts.fields),
        rights=right_differences(first.facts, second.facts),
        limits=limit_differences(first.facts, second.facts),
        findings=findings,
        plan=plan,
        tried=_last_run(bench, query, here),
        unapproved=_others(bench, query, there),
        demanded=there.protected,
        before=_before(bench, query, there),
        is_draft=is_draft(query),
    )
    return replace(promotion, obstacles=tuple(obstacles(promotion, allow)))


def approve(bench: Workbench, promotion: Promotion, by: str) -> Promotion:
    """Write down that somebody approved a query for the second account, as it was looked at.

    Raises UsageProblem where the query has changed since it was looked at.
    """
    query = read_one_query(bench, bench.project.root / promotion.query)
    if print_of(bench.project, query, _tables(bench, query)) != promotion.made_of:
        raise UsageProblem(
            f"{promotion.query} changed while it was looked at; nothing was approved.",
            "Repeat the command.",
            code="changed_meanwhile",
        )
    approval = Approval(
        query=promotion.query,
        destination=promotion.target.destination,
        account=promotion.target.account,
        source=promotion.source.destination,
        made_of=promotion.made_of,
        by=by,
        at=bench.clock.now(),
    )
    give_approval(bench.project, approval)
    bench.progress.remark(f"The approval is in {approvals_path(bench.project.root).name}; commit it.")
    return replace(promotion, approval=approval)


def _inside(bench: Workbench, query: Query) -> Query:
    if not (bench.project.root / query.path).is_file() or Path(query.path).is_absolute():
        raise UsageProblem(
            f"{query.path} lies outside the project, where no approval would find it again.",
            f"Move it into {bench.project.paths.queries}.",
            code="outside_project",
        )
    return query


def _tables(bench: Workbench, query: Query) -> tuple[Query, ...]:
    tables = {table.name: table for table in attribute_tables(bench.project)}
    return () if query.problem else attribute_tables_needed([query], tables)


def _last_run(bench: Workbench, query: Query, destination: Destination) -> RunReport | None:
    account = bench.account(destination)
    with open_store(bench) as store:
        for run in load_runs(store.connection):
            same = (run.query, run.account, run.sql) == (query.path, account, query.text)
            if same and run.rolls_back is None:
                return report(bench, store, run.run_id)
    return None


def _others(bench: Workbench, query: Query, destination: Destination) -> tuple[str, ...]:
    folder, root = bench.project.paths.queries, bench.project.root.absolute()
    paths = (path.absolute() for path in (find_queries(folder) if folder.is_dir() else ()))
    named = {path.relative_to(root).as_posix() for path in paths if path.is_relative_to(root)}
    return unapproved(bench, destination, named - {query.path})


def _before(bench: Workbench, query: Query, destination: Destination) -> Approval | None:
    given = approvals_for(bench, destination)
    return next((each for each in given if each.query == query.path), None)
