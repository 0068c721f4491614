"""Reading, normalizing and comparing: everything before the first request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

import polars as pl
import pyarrow as pa

from zdpipe.changes.chosen import Chosen
from zdpipe.changes.familiar import LookAtAll, MostlyStrangers
from zdpipe.changes.workspace import Wanted, Workspace
from zdpipe.engine.session import Frames
from zdpipe.engine.spill import spill_folder
from zdpipe.errors import StateError
from zdpipe.model.policy import OnEmailChange, policy_of
from zdpipe.model.resources import Resources
from zdpipe.model.run import Counts, Retried
from zdpipe.pipeline.prepare import Prepared
from zdpipe.pipeline.recollecting import FEWEST, Recollection, recollected, remember
from zdpipe.pipeline.sifting import Sieve, Source
from zdpipe.pipeline.staging import SOURCES, Staging
from zdpipe.pipeline.terms import Compared, Terms
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.schema_file import read_account
from zdpipe.project.tables import FieldRule
from zdpipe.records.column import Reading
from zdpipe.records.rules import Rules, rules_for
from zdpipe.state.familiar_rows import Damaged
from zdpipe.state.folder import StateFolder

# A batch is large enough for vectors to pay, and so small that a few of them fit beside the engines.
_VALUES_PER_BATCH = 750_000
_ROWS_PER_BATCH = 100_000
# More would not help: one thread reads and writes for all of them.
_MOST_WORKERS = 4


@dataclass(frozen=True)
class Planned:
    """A compared query: its workspace is open, its rejected rows are on disk.

    In `counts`, `pending` stands for rows that would be sent; created and updated are the forecast. Where
    only some people were asked for, everything is about their rows alone, and `retried` says who they are.
    `rules` are those by which the values were read. `keep_sources` writes the source rows of those who are
    sent or have several rows to the folder, where the terms asked for that.
    """

    workspace: Workspace
    counts: Counts
    gone: int
    rejections: Mapping[str, int]
    warnings: Mapping[str, int]
    compared: Compared
    rules: Rules
    retried: Retried | None = None
    keep_sources: Callable[[], None] = lambda: None

    @property
    def counts_before_sending(self) -> Counts:
        """The same counts with everything that is to be sent still pending."""
        counts = self.counts
        return Counts(
            read=counts.read,
            rejected=counts.rejected,
            duplicate=counts.duplicate,
            unchanged=counts.unchanged,
            pending=counts.created + counts.updated,
        )


def rows_per_batch(ready: Prepared) -> int:
    """Return how many of the query's rows are read at a time."""
    columns = len(ready.session.describe(ready.sql))
    return min(_ROWS_PER_BATCH, max(1, _VALUES_PER_BATCH // columns))


def workers(bench: Workbench) -> int:
    """Return how many batches are normalized at a time: one for each thread the project allows."""
    return min(bench.project.limits.threads or pl.thread_pool_size(), _MOST_WORKERS)


@contextmanager
def planned(
    bench: Workbench,
    ready: Prepared,
    folder: Path,
    known: Path | None,
    terms: Terms | None = None,
) -> Iterator[Planned]:
    """Run the query and compare its people with the known users; files go to `folder`.

    The account's own fields decide what fits them, where schema.json knows them.

    The whole result never lies in memory: batches are normalized and staged one by one. The source is closed
    when it was read. Rows that are remembered are set aside, where the terms allow it.
    """
    terms = terms or Terms()
    bench.progress.stage("reading")
    temporary = StateFolder(bench.project.paths.state).temporary
    with spill_folder(temporary) as spill, ExitStack() as opened:
        resources = bench.project.limits.resources(spill)
        river = _read_somehow(opened, partial(_read, bench, ready, folder, known, resources), terms)
        ready.session.close()  # what it keeps in memory is of use to nobody any more
        workspace, staging, rules = river.workspace, river.staging, river.rules
        bench.progress.stage("comparing")
        chosen = workspace.compare()
        compared = _compared(ready, workspace, staging, terms)
        if river.recollection is not None:
            _remember(bench, river.recollection, workspace, folder, staging.read)
        workspace.order(terms.ask(compared) if terms.ask else None)
        staging.resolved(chosen)
        plan = _plan(compared, staging, rules, chosen if terms.only is not None else None)
        if not terms.keep_sources:
            yield plan
            return
        kinds = {rule.column: rule.kind.value for rule in rules.columns}
        out = folder / f"{SOURCES}.parquet"
        keep = partial(_keep_sources, staging, workspace, out, river.columns, kinds)
        try:
            yield replace(plan, keep_sources=keep)
        finally:
            staging.scratch.unlink(missing_ok=True)


def _read_somehow(
    opened: ExitStack, read: Callable[[Terms, bool], AbstractContextManager[_River]], terms: Terms
) -> _River:
    """Read rows without those that are remembered, and once more with all where that does not work out."""
    anew = False
    try:
        return opened.enter_context(read(terms, anew))
    except MostlyStrangers:
        anew = True
    except (LookAtAll, Damaged):
        terms = replace(terms, familiar=None)
    # What the first reading had in memory is given back by now.
    return opened.enter_context(read(terms, anew))


@dataclass(frozen=True)
class _River:
    """Rows that were read and staged: `columns` are the source's."""

    workspace: Workspace
    staging: Staging
    rules: Rules
    columns: Sequence[str]
    recollection: Recollection | None


@contextmanager
def _read(
    bench: Workbench,
    ready: Prepared,
    folder: Path,
    known: Path | None,
    resources: Resources,
    terms: Terms,
    anew: bool,
) -> Iterator[_River]:
    """Read and stage the query's rows; raises LookAtAll or Damaged where nothing may be set aside.

    To remember them `anew`, nothing is set aside.
    """

    def read() -> Frames:
        return ready.session.batches(ready.sql, rows_per_batch(ready))

    with closing(read()) as frames:
        first = next(frames)  # there is always one, if only to tell the columns
        rules = query_rules(bench, first.schema, terms)
        returning_to = None if terms.is_part else ready.query.path
        wanted = replace(_wanted(bench, rules, full=terms.full), returning_to=returning_to)
        with (
            Workspace.open(
                folder / "work.duckdb", wanted, resources, known=known, clock=bench.clock
            ) as workspace,
            recollected(
                terms.familiar if workspace.sent(ready.query.path) >= FEWEST else None,
                first.schema,
                rules,
                wanted,
                anew=anew,
            ) as recollection,
        ):
            _limit(workspace, terms)
            if recollection:
                workspace.begin_learning()
                if recollection.familiar:
                    workspace.set_aside(recollection.familiar)
            staging = Staging(workspace, folder, terms)
            source = Source(rows_per_batch(ready) // 2, lambda: chain((first,), frames), read)
            sieve = Sieve(source, recollection, workers(bench))
            staging.stage(sieve, ready.query.path, rules, bench.progress, workers(bench))
            yield _River(workspace, staging, rules, first.columns, recollection)


def _remember(
    bench: Workbench, recollection: Recollection, workspace: Workspace, folder: Path, read: int
) -> None:
    """Keep what is worth it for the next plan; this one is none the worse where that fails."""
    try:
        remember(recollection, workspace, folder, read)
    except (OSError, StateError, pa.ArrowException) as error:
        bench.progress.remark(f"What makes the next plan faster could not be kept: {error}")


def _limit(workspace: Workspace, terms: Terms) -> None:
    """Say who counts, and who goes ahead."""
    if terms.only is not None:
        workspace.choose(terms.only)
    if terms.sample is not None:
        workspace.draw(terms.sample)
    if terms.canary is not None:
        workspace.lead_with(terms.canary)


def _keep_sources(
    staging: Staging, workspace: Workspace, out: Path, columns: Sequence[str], kinds: Mapping[str, str]
) -> None:
    workspace.write_sources(staging.scratch, out, columns, kinds)
    staging.scratch.unlink(missing_ok=True)  # nobody needs the rows of all others any more


def _wanted(bench: Workbench, rules: Rules, *, full: bool) -> Wanted:
    project = bench.project
    policies = {}
    for rule in rules.columns:
        if rule.column not in {"external_id", "email"}:
            own = project.fields.get(rule.column, FieldRule())
            policies[rule.column] = policy_of(
                rule.column,
                rule.kind,
                own.nulls,
                own.send_on,
                only_if_empty=own.only_if_empty,
                mode=own.mode,
            )
    makes_primary = project.identity.on_email_change is OnEmailChange.MAKE_PRIMARY
    return Wanted(
        tuple(policies), project.identity.skip_verify_email, full, policies, makes_primary=makes_primary
    )


def _compared(ready: Prepared, workspace: Workspace, staging: Staging, terms: Terms) -> Compared:
    # An empty result says nothing about who is gone: it is more often a broken source than an empty company.
    leavers = workspace.leavers(ready.query.path)
    gone = 0
    if staging.read and terms.knows_gone:
        gone = leavers.find(
            without_ids="external_id" in terms.new_identity, without_addresses="email" in terms.new_identity
        )
    rejected = staging.rejections.total()
    return Compared(workspace, staging.read, rejected, gone, leavers, terms.is_part, terms.knows_gone)


def _plan(compared: Compared, staging: Staging, rules: Rules, asked: Chosen | None) -> Planned:
    """Return the plan of rows that were ordered; `asked` are the people of a retry."""
    # Of some people it is known by now how many rows they have.
    compared = replace(compared, read=staging.read, rejected=staging.rejections.total())
    totals = compared.workspace.totals()
    counts = Counts(
        read=compared.read,
        rejected=compared.rejected,
        duplicate=totals.duplicate,
        unchanged=totals.unchanged,
        created=totals.created,
        updated=totals.updated,
    )
    counts.check_conservation()
    return Planned(
        compared.workspace,
        counts,
        compared.gone,
        _sorted(staging.rejections),
        _sorted(staging.warnings),
        compared,
        rules,
        Retried(asked.people, asked.missing) if asked else None,
    )


def query_rules(bench: Workbench, schema: pl.Schema, terms: Terms) -> Rules:
    """Return how the project and the account read a result of this schema, and whom they never write to."""
    project = bench.project
    rules = rules_for(
        schema,
        {name: (rule.as_, rule.on_invalid) for name, rule in project.fields.items()},
        readings={name: Reading(rule.values, rule.max_length) for name, rule in project.fields.items()},
        account=read_account(project.root, terms.account) if terms.account else None,
        default_region=project.phone.default_region,
        require_plus_one=project.phone.require_plus_one,
        accept=project.phone.accept,
    )
    return replace(rules, staff=terms.staff)


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda entry: (-entry[1], entry[0])))
