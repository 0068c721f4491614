"""`zdpipe simulator`: serve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli.options import ProjectOption
from zdpipe.cli.output import write
from zdpipe.cli.stop import StopSignals
from zdpipe.errors import UsageProblem

if TYPE_CHECKING:
    from zdpipe.simulator.settings import Settings


def serve(  # noqa: PLR0913, PLR0917 - a command has as many arguments as flags
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
    faults: Annotated[
        str,
        typer.Option(
            "--faults",
            metavar="FILE",
            help="A JSON file of what is to go wrong, relative to --project.",
            show_default=False,
        ),
    ] = "",
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
    folder = project or Path()
    _serve(settings, folder / state if state else None, port, _document(folder / faults) if faults else None)
    return 0


def _document(path: Path) -> object:
    from zdpipe.simulator.faults import read_script
    from zdpipe.simulator.shapes import BadFaults

    try:
        return read_script(json.loads(path.read_bytes())).document
    except OSError as error:
        raise UsageProblem(
            f"{path} cannot be read: {error.strerror or error}.", "Name a file of faults."
        ) from error
    except BadFaults as error:
        raise UsageProblem(
            f"{path} cannot be followed: {error}.", "docs/simulator.md lists what it may say."
        ) from error
    except (ValueError, RecursionError) as error:
        raise UsageProblem(
            f"{path} is not JSON: {error}.", 'Write an object such as {"faults": []}.'
        ) from error


def _serve(settings: Settings, state: Path | None, port: int, faults: object) -> None:
    """Print the address, and answer until somebody stops it."""
    from zdpipe.simulator import accounts, server

    with StopSignals(lambda: False):
        try:
            with server.serve(settings, state, port, faults=faults) as running:
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
