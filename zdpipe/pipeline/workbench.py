"""What every command of the pipeline works with, handed in by the command line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from zdpipe.clock import Clock
from zdpipe.errors import UsageProblem
from zdpipe.model.progress import Progress
from zdpipe.project.destination import Destination
from zdpipe.project.project import Project
from zdpipe.state.locks import Holder


@dataclass(frozen=True)
class Workbench:
    """The project and the outside world.

    `machine_state` is the folder where locks and limits lie that all projects of this user share.
    `open_transport` gives the way to a destination, None for the network as httpx does it by itself.
    """

    project: Project
    clock: Clock
    environment: Mapping[str, str]
    machine_state: Path
    open_transport: Callable[[Destination], httpx.BaseTransport | None]
    progress: Progress
    command: str
    pid: int

    def destination(self, name: str | None) -> Destination:
        """Return the destination of that name, or the project's default one."""
        wanted = name or self.project.default_destination
        if wanted is None:
            raise UsageProblem(
                "No destination is named, and the project has no default one.",
                "Add `--to NAME`, or set [defaults] destination in zdpipe.toml.",
            )
        if wanted not in self.project.destinations:
            known = ", ".join(sorted(self.project.destinations)) or "none"
            raise UsageProblem(
                f"There is no destination {wanted!r} in zdpipe.toml.",
                f"The project has: {known}. Add [destinations.{wanted}], or name one of these with --to.",
            )
        return self.project.destinations[wanted]

    def account(self, destination: Destination) -> str:
        """Return what tells accounts apart: the host, or for an embedded simulator its project and name."""
        if destination.kind != "simulator":
            return destination.account
        place = hashlib.sha256(str(self.project.paths.state.absolute()).encode()).hexdigest()[:12]
        return f"simulator-{destination.name}-{place}"

    def holder(self) -> Holder:
        """Return how this process introduces itself to others that want the same account."""
        since = self.clock.now().isoformat(timespec="seconds")
        return Holder(self.pid, self.command, str(self.project.root), since)
