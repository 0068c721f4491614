"""What an account's own fields take decides what is sent to them, once schema.json knows them."""

from __future__ import annotations

import json

import polars as pl

from tests.pipeline.world import QUERY, SQL, World
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.preview import preview_query
from zdpipe.pipeline.schema import refresh_account

ROWS = [("1", "Ann", "ann@example.com", "Oslo"), ("2", "Bo", "bo@example.com", "Paris")]


def with_dropdown(world: World) -> None:
    options = [{"name": "The capital", "value": "oslo"}]
    world.create_field(key="club", type="dropdown", title="City", custom_field_options=options)
    world.customers(ROWS)
    world.write(QUERY, SQL.replace("user_fields.city", "user_fields.club"))


def shown(world: World) -> list[object]:
    return [
        json.loads(payload)["user_fields"]["club"] for payload in preview_query(world.bench, QUERY, limit=9)
    ]


def test_an_option_is_checked_and_translated_only_when_the_fields_are_known(world: World) -> None:
    with_dropdown(world)
    assert shown(world) == ["Oslo", "Paris"]
    refresh_account(world.bench, "there")
    first, second = (json.loads(payload) for payload in preview_query(world.bench, QUERY, limit=9))
    assert first["user_fields"] == {"club": "oslo"}
    assert "user_fields" not in second
    plan = plan_query(world.bench, QUERY)
    assert plan.warnings == {"invalid_option": 1, "option_label": 1}


def test_a_run_sends_what_fits_and_keeps_what_did_not(world: World) -> None:
    with_dropdown(world)
    refresh_account(world.bench, "there")
    run = world.run()
    assert (run.counts.created, dict(run.warnings)) == (2, {"invalid_option": 1, "option_label": 1})
    (warnings,) = (world.folder / ".zdpipe" / "runs").glob("*/warnings.parquet")
    assert pl.read_parquet(warnings).select("row", "reason", "column", "value", "fits").rows() == [
        (1, "option_label", "user_fields.club", "Oslo", '"oslo"'),
        (2, "invalid_option", "user_fields.club", "Paris", "an option of the field: oslo"),
    ]


def test_fields_of_another_account_decide_nothing(world: World) -> None:
    with_dropdown(world)
    refresh_account(world.bench, "there")
    world.destinations(name="there", url="http://127.0.0.1:9999")
    assert shown(world) == ["Oslo", "Paris"]
