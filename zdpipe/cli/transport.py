"""The way to a destination: the network, or the simulator inside this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx

from zdpipe.errors import StateError
from zdpipe.simulator.accounts import NotAnAccount
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.transport import embedded
from zdpipe.state.folder import StateFolder

if TYPE_CHECKING:
    from zdpipe.project.destination import Destination
    from zdpipe.project.project import Project


def transports(project: Project) -> Callable[[Destination], httpx.BaseTransport | None]:
    """Return what opens the way to a destination of this project; None stands for httpx's own."""

    def open_transport(destination: Destination) -> httpx.BaseTransport | None:
        if destination.kind == "simulator":
            return _simulator(project, destination)
        # A proxy of the environment cannot reach this machine's loopback.
        return httpx.HTTPTransport() if destination.is_on_this_machine else None

    return open_transport


def _simulator(project: Project, destination: Destination) -> httpx.BaseTransport:
    settings = Settings(
        job_seconds=destination.job_seconds,
        # Zendesk's own limit, unless the project tries out a faster account.
        users_per_second=max(Settings().users_per_second, destination.users_per_second),
    )
    file = StateFolder(project.paths.state).simulator(destination.name)
    try:
        return embedded(settings, file)
    except NotAnAccount as error:
        raise StateError(
            f"The embedded simulator's account cannot be opened: {error}.",
            f"Move {file} away; the simulator then starts with an empty account.",
            code="simulator_damaged",
        ) from error
