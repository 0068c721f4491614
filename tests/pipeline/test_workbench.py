from __future__ import annotations

from dataclasses import replace

import pytest

from tests.pipeline.world import World
from zdpipe.errors import UsageProblem
from zdpipe.project.load import load_project


def test_a_destination_is_found_by_name_or_by_default(world: World) -> None:
    bench = world.bench
    assert bench.destination(None) == bench.destination("there")
    with pytest.raises(UsageProblem) as caught:
        bench.destination("nowhere")
    assert "there" in caught.value.hint


def test_without_a_default_one_must_be_named(world: World) -> None:
    bench = replace(world.bench, project=replace(world.bench.project, default_destination=None))
    with pytest.raises(UsageProblem, match="No destination"):
        bench.destination(None)


def test_an_embedded_simulator_belongs_to_its_project_wherever_that_lies(world: World) -> None:
    world.write("zdpipe.toml", '[source]\ndatabase = "d.duckdb"\n[destinations.trial]\nkind = "simulator"\n')
    bench = replace(world.bench, project=load_project(world.folder))
    account = bench.account(bench.destination("trial"))
    assert account == "simulator/trial"
    assert bench.shared_state(account) == world.folder / ".zdpipe"
    assert bench.shared_state("acme.zendesk.com") == bench.machine_state


def test_it_introduces_itself(world: World) -> None:
    holder = world.bench.holder()
    assert (holder.pid, holder.command, holder.project) == (4711, "zdpipe test", str(world.folder))
