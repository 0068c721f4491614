from __future__ import annotations

from tests.pipeline.world import World
from zdpipe.pipeline.schema import refresh_account, refresh_schema
from zdpipe.project.schema_file import read_accounts, read_schema


def test_it_is_written_once_and_again_only_when_the_source_changed(world: World) -> None:
    world.many(1)
    first = refresh_schema(world.bench)
    assert (first.path, first.entries, first.changed) == (world.folder / "schema.json", 1, True)
    assert not refresh_schema(world.bench).changed


def test_an_accounts_custom_fields_stand_beside_the_source(world: World) -> None:
    world.many(1)
    refresh_schema(world.bench)
    report = refresh_account(world.bench, "there")
    assert report.changed
    account = read_accounts(world.folder)["there"]
    assert (account.account, len(account.fields)) == ("127.0.0.1:8977", report.entries)
    assert account.read_at == world.clock.now()
    assert account.fields["loyalty_points"].type == "integer"
    assert account.fields["city"].active
    assert read_schema(world.folder) is not None


def test_the_same_fields_on_another_day_leave_the_file_alone(world: World) -> None:
    refresh_account(world.bench, "there")
    world.clock.advance(86_400)
    assert not refresh_account(world.bench, "there").changed


def test_options_are_kept_with_their_labels(world: World) -> None:
    options = [{"name": "Gold card", "value": "gold"}, {"name": "None", "value": "none"}]
    world.create_field(key="card", title="Card", type="dropdown", custom_field_options=options)
    world.create_field(key="old", title="Old", type="text", active=False)
    refresh_account(world.bench, "there")
    fields = read_accounts(world.folder)["there"].fields
    assert fields["card"].options == {"gold": "Gold card", "none": "None"}
    assert not fields["old"].active
