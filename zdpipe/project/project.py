"""A project: everything zdpipe.toml says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zdpipe.project.alerts import Alerts
from zdpipe.project.destination import Destination
from zdpipe.project.tables import (
    FieldRule,
    Gone,
    Guards,
    Identity,
    Limits,
    Lint,
    Paths,
    Phone,
    Privacy,
    Source,
    State,
)


@dataclass(frozen=True)
class Project:
    """One project; `root` is its folder, and every path in it is absolute."""

    root: Path
    source: Source
    destinations: Mapping[str, Destination]
    default_destination: str | None
    paths: Paths
    limits: Limits
    fields: Mapping[str, FieldRule]
    phone: Phone
    identity: Identity
    guards: Guards
    gone: Gone
    state: State
    lint: Lint
    privacy: Privacy
    alerts: Alerts = field(default_factory=Alerts)
