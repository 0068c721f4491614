"""`zdpipe schema`: what the source and an account offer, written down for the linter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zdpipe.model.schema import AccountSchema, UserField
from zdpipe.pipeline.account import asked, open_account, who_am_i
from zdpipe.pipeline.source import open_source
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.project.schema_file import schema_path, write_account, write_schema
from zdpipe.state.folder import prepare_state_folder


@dataclass(frozen=True, slots=True)
class SchemaReport:
    """Where the schema lies, how many tables or custom fields it has, and whether the file changed."""

    path: Path
    entries: int
    changed: bool


def refresh_schema(bench: Workbench) -> SchemaReport:
    """Read the source's tables, columns and types into schema.json."""
    project = bench.project
    prepare_state_folder(project.paths.state)
    with open_source(bench) as session:
        schema = session.schema()
    changed = write_schema(project.root, schema)
    return SchemaReport(schema_path(project.root), len(schema.tables), changed)


def refresh_account(bench: Workbench, name: str) -> SchemaReport:
    """Read a destination's custom user fields into schema.json."""
    destination = bench.destination(name)
    with open_account(bench, destination) as client:
        who_am_i(bench, client, destination, first_contact=True)
        found = asked(bench, destination, client.user_fields)
    changed = write_account(bench.project.root, destination.name, account_schema(bench, destination, found))
    return SchemaReport(schema_path(bench.project.root), len(found), changed)


def account_schema(
    bench: Workbench, destination: Destination, user_fields: Sequence[Mapping[str, Any]]
) -> AccountSchema:
    """Return what the linter knows of an account, from its custom user fields as Zendesk gives them."""
    fields = {field["key"]: user_field(field) for field in user_fields}
    return AccountSchema(bench.account(destination), bench.clock.now(), fields)


def user_field(field: Mapping[str, Any]) -> UserField:
    """Return a custom user field, given as Zendesk gives it (Zendesk User Fields API)."""
    options = field.get("custom_field_options") or ()
    return UserField(
        key=field["key"],
        type=field["type"],
        title=field["title"],
        active=field["active"] is not False,
        options={str(option["value"]): str(option["name"]) for option in options},
    )
