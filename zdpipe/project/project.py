"""A project: everything zdpipe.toml says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zdpipe.errors import UsageProblem
from zdpipe.project.alerts import Alerts
from zdpipe.project.destination import Destination
from zdpipe.project.orchestration import Orchestration
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
    orchestrations: Mapping[str, Orchestration] = field(default_factory=dict)

    def orchestration(self, name: str) -> Orchestration:
        """Return an orchestration; raises UsageProblem with the known ones."""
        if name not in self.orchestrations:
            known = ", ".join(self.orchestrations) or "none"
            raise UsageProblem(
                f"There is no orchestration {name!r} in zdpipe.toml.",
                f"The project has: {known}. Add [orchestrations.{name}], or name one of these.",
                code="no_orchestration",
            )
        return self.orchestrations[name]

    def guards_of(self, orchestration: str | None) -> Guards:
        """Return the guards of an orchestration's runs, or of runs that belong to none."""
        table = self.orchestrations.get(orchestration) if orchestration is not None else None
        return table.guards.over(self.guards) if table is not None and table.guards else self.guards
