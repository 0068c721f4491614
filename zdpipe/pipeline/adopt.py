"""`zdpipe adopt`: learn what an account holds already, so that a first run sends only differences."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from zdpipe.changes.matching import Matching
from zdpipe.engine.spill import spill_folder
from zdpipe.model.adoption import Adoption
from zdpipe.model.match import PeopleFiles
from zdpipe.model.query import Query
from zdpipe.pipeline.account import open_account
from zdpipe.pipeline.adopting import Adopting
from zdpipe.pipeline.finding import Finder
from zdpipe.pipeline.in_flight import refuse_in_flight
from zdpipe.pipeline.merging import merge_account
from zdpipe.pipeline.planning import planned
from zdpipe.pipeline.prepare import Prepared, prepared, read_one_query
from zdpipe.pipeline.run import knock
from zdpipe.pipeline.stopping import stopped_by_person
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.terms import Terms
from zdpipe.pipeline.workbench import Workbench
from zdpipe.pipeline.writer import only_writer
from zdpipe.project.destination import Destination
from zdpipe.records.normalize import BARE
from zdpipe.records.rules import Rules
from zdpipe.state.adopting import adopt
from zdpipe.state.locks import merging_into
from zdpipe.state.rowfile import RowFile

_PEOPLE_AT_ONCE = 10_240


def adopt_query(bench: Workbench, path: Path, *, to: str | None = None) -> Adoption:
    """Take over into the known users what an account holds of a query's people; nothing is sent.

    Repeating it takes over what others changed since. What was stopped or killed is simply repeated. Raises
    UsageProblem while a run may have something in flight.
    """
    destination = bench.destination(to)
    query = read_one_query(bench, path)
    started = bench.clock.monotonic()
    account = bench.account(destination)
    with (
        open_store(bench) as store,
        only_writer(bench, store, account),
        prepared(bench, query) as ready,
        spill_folder(store.folder.temporary) as folder,
        stopped_by_person("Nothing was adopted. Begin anew with the same command."),
    ):
        refuse_in_flight(store, account)
        adoption, rules, asked = _people_of(bench, store, ready, destination, folder)
        adoption = _found(bench, destination, adoption, rules, folder)
        _remember(bench, store, query, account, folder)
        return replace(
            adoption,
            requests=adoption.requests + asked,
            seconds=bench.clock.monotonic() - started,
        )


def _people_of(
    bench: Workbench, store: Store, ready: Prepared, destination: Destination, folder: Path
) -> tuple[Adoption, Rules, int]:
    """Write the query's people to a file; return who they are, how they are read, and the requests."""
    account = bench.account(destination)
    known = merge_account(bench, store, account)
    staff, asked = knock(bench, store, destination)
    with planned(bench, ready, folder, known, Terms(staff=staff, account=account)) as plan:
        plan.workspace.write_people(PeopleFiles.in_folder(folder))
        read, rejected = plan.counts.read, plan.counts.rejected
        # Of a list that is merged nobody could tell which entries are ours.
        merged = plan.workspace.merged_fields
        columns = tuple(rule for rule in plan.rules.columns if rule.column not in merged)
        rules = replace(plan.rules, columns=columns)
        return Adoption(ready.query.path, destination.name, read, rejected, 0), rules, asked


def _found(
    bench: Workbench, destination: Destination, adoption: Adoption, rules: Rules, folder: Path
) -> Adoption:
    """Find the people's users, and write down what the account holds of them."""
    bench.progress.stage("looking for the users of the account")
    resources = bench.project.limits.resources(folder)
    fields = [rule.column for rule in rules.columns if rule.column not in BARE]
    with (
        Matching(folder / "matching.duckdb", PeopleFiles.in_folder(folder), resources) as matching,
        open_account(bench, destination) as client,
        RowFile(_adopted(folder)) as file,
    ):
        finder = Finder(bench, client, destination, matching, fields)
        finder.find()
        adopting = Adopting(rules)
        for matches in matching.matches(_PEOPLE_AT_ONCE):
            file.append(adopting.adopted(matches))
        return replace(
            adoption,
            people=matching.people(),
            found=matching.found(),
            unclear=matching.unclear(),
            fields=dict(sorted(adopting.differing.items())),
            requests=client.requests,
            listed=finder.listed,
        )


def _remember(bench: Workbench, store: Store, query: Query, account: str, folder: Path) -> None:
    if not _adopted(folder).exists():
        return  # nobody was found
    bench.progress.stage("remembering what the account holds")
    known = store.folder.known_users(account)
    now = bench.clock.now()
    with merging_into(known):
        adopt(
            known,
            _adopted(folder),
            name=f"adopt-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
            query=query.path,
            resources=bench.project.limits.resources(folder),
            clock=bench.clock,
        )


def _adopted(folder: Path) -> Path:
    return folder / "adopted.parquet"
