"""`zdpipe simulator`: serve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli.options import ProjectOption
from zdpipe.cli.output import write
from zdpipe.cli.stop import StopSignals
from zdpipe.errors import UsageProblem

if TYPE_CHECKING:
    from zdpipe.simulator.settings import Settings


def serve(
    port: Annotated[
        int, typer.Option("--port", metavar="P", min=0, max=65535, help="0 takes a free one.")
    ] = 8977,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            metavar="FILE",
            help="Keep the account in a file, relative to --project. Default: in memory.",
            show_default=False,
        ),
    ] = None,
    job_seconds: Annotated[
        float, typer.Option("--job-seconds", metavar="S", min=0, help="How long a job takes.")
    ] = 1.0,
    users_per_second: Annotated[
        int, typer.Option("--users-per-second", metavar="N", min=1, help="Limit of written users.")
    ] = 100,
    requests_per_minute: Annotated[
        int, typer.Option("--requests-per-minute", metavar="N", min=1, help="Limit of all requests.")
    ] = 700,
    token: Annotated[
        str, typer.Option("--token", metavar="T", help="The API token of admin@example.com.")
    ] = "simulator",  # noqa: S107 - the published token of a server on loopback, no secret
    project: ProjectOption = None,
) -> int:
    """Be a Zendesk on this machine, for trials and tests; prints its address."""
    from zdpipe.simulator.settings import Settings

    settings = Settings(
        token=token,
        requests_per_minute=requests_per_minute,
        users_per_second=users_per_second,
        job_seconds=job_seconds,
    )
    _serve(settings, (project or Path()) / state if state else None, port)
    return 0


def _serve(settings: Settings, state: Path | None, port: int) -> None:
    """Print the address, and answer until somebody stops it."""
    from zdpipe.simulator import accounts, server

    with StopSignals(lambda: False):
        try:
            with server.serve(settings, state, port) as running:
                write(f"{running.url}\n")
                running.wait()
        except accounts.NotAnAccount as error:
            raise UsageProblem(
                f"{error}.", "Name a file that the simulator made, or one that is not there."
            ) from error
        except OSError as error:
            raise UsageProblem(
                f"Port {port} cannot be used: {error.strerror or error}.",
                "Choose another --port; 0 takes a free one.",
            ) from error
