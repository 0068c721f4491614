"""`zdpipe schema`: what the source and an account offer, written down for the linter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zdpipe.engine.duckdb import open_session
from zdpipe.model.schema import AccountSchema, UserField
from zdpipe.pipeline.account import explain, open_account, who_am_i
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.schema_file import schema_path, write_account, write_schema
from zdpipe.state.folder import prepare_state_folder
from zdpipe.zendesk.failures import RequestFailure


@dataclass(frozen=True, slots=True)
class SchemaReport:
    """Where the schema lies, how many tables or custom fields it has, and whether the file changed."""

    path: Path
    entries: int
    changed: bool


def refresh_schema(bench: Workbench) -> SchemaReport:
    """Read the source's tables, columns and types into schema.json."""
    project = bench.project
    folder = prepare_state_folder(project.paths.state)
    with open_session(project.source, project.limits, folder.temporary) as session:
        schema = session.schema()
    changed = write_schema(project.root, schema)
    return SchemaReport(schema_path(project.root), len(schema.tables), changed)


def refresh_account(bench: Workbench, name: str) -> SchemaReport:
    """Read a destination's custom user fields into schema.json."""
    destination = bench.destination(name)
    with open_account(bench, destination) as client:
        who_am_i(client, destination)
        try:
            found = client.user_fields()
        except RequestFailure as failure:
            raise explain(failure, destination) from failure
    schema = AccountSchema(
        bench.account(destination), bench.clock.now(), {field["key"]: _field(field) for field in found}
    )
    changed = write_account(bench.project.root, destination.name, schema)
    return SchemaReport(schema_path(bench.project.root), len(found), changed)


def _field(field: Mapping[str, Any]) -> UserField:
    options = field.get("custom_field_options") or ()
    return UserField(
        key=field["key"],
        type=field["type"],
        title=field["title"],
        active=field["active"] is not False,
        options={str(option["value"]): str(option["name"]) for option in options},
    )
