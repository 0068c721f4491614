"""What every command of the pipeline works with, handed in by the command line."""

from __future__ import annotations

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
from zdpipe.state.runs import RunRow

_EMBEDDED = "simulator/"


@dataclass(frozen=True)
class Workbench:
    """The project and the outside world.

    `machine_state` is the folder where locks and limits lie that all projects of this user share, except
    those of embedded simulators, which no other project can reach.
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
                "Name one, or set [defaults] destination in zdpipe.toml.",
            )
        if wanted not in self.project.destinations:
            known = ", ".join(sorted(self.project.destinations)) or "none"
            raise UsageProblem(
                f"There is no destination {wanted!r} in zdpipe.toml.",
                f"The project has: {known}. Add [destinations.{wanted}], or name one of these.",
            )
        return self.project.destinations[wanted]

    def account(self, destination: Destination) -> str:
        """Return what tells the project's accounts apart: the host, for an embedded simulator its name."""
        return f"{_EMBEDDED}{destination.name}" if destination.kind == "simulator" else destination.account

    def shared_state(self, account: str) -> Path:
        """Return the folder below which everybody who writes to an account finds its lock and its limits."""
        return self.project.paths.state if account.startswith(_EMBEDDED) else self.machine_state

    def destination_of(self, run: RunRow) -> Destination:
        """Return the destination that leads to a run's account, whatever its name is now."""
        named = self.project.destinations.get(run.destination)
        every = [named] if named else []
        for destination in (*every, *self.project.destinations.values()):
            if self.account(destination) == run.account:
                return destination
        raise UsageProblem(
            f"No destination in zdpipe.toml leads to {run.account}, where run {run.run_id} was sending to.",
            f"Put [destinations.{run.destination}] back as it was, then: zdpipe resume {run.run_id}",
        )

    def holder(self) -> Holder:
        """Return how this process introduces itself to others that want the same account."""
        since = self.clock.now().isoformat(timespec="seconds")
        return Holder(self.pid, self.command, str(self.project.root), since)
