"""The workbench of a command: project, clock, environment, and the way to each destination."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from platformdirs import user_state_path

from zdpipe.cli.progress import open_progress
from zdpipe.cli.project import open_project
from zdpipe.cli.stop import StopSignals
from zdpipe.cli.transport import transports
from zdpipe.clock import SystemClock
from zdpipe.pipeline.workbench import Workbench


@contextmanager
def open_bench(folder: Path | None, command: str) -> Iterator[Workbench]:
    """Open the project and lend a workbench; signals are ours until it is given back."""
    project = open_project(folder)
    with (
        closing(open_progress(SystemClock())) as progress,
        StopSignals(lambda: progress.is_sending, progress.stopping) as stop,
    ):
        yield Workbench(
            project=project,
            clock=SystemClock(stop.event),
            environment=os.environ,  # noqa: TID251 - the one place that hands it on
            machine_state=user_state_path("zdpipe"),
            open_transport=transports(project),
            progress=progress,
            command=f"zdpipe {command}",
            pid=os.getpid(),
        )
