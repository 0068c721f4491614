"""The question before a protected destination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.cli.output import ask
from zdpipe.errors import UsageProblem

if TYPE_CHECKING:
    from zdpipe.pipeline.workbench import Workbench
    from zdpipe.project.destination import Destination


def confirm_sending(bench: Workbench, destination: Destination, *, yes: bool) -> None:
    """Ask before a query is sent to a protected destination, unless that demands approvals instead.

    Whether the query has one is told where it is read (`pipeline.approving`).
    """
    from zdpipe.pipeline.approving import demands_approvals

    if not demands_approvals(bench, destination):
        confirm_destination(destination, yes=yes)


def confirm_destination(destination: Destination, *, yes: bool) -> None:
    """Ask before anything is sent to a protected destination; raises UsageProblem without a yes."""
    if yes or not destination.protected:
        return
    account = destination.account
    answer = ask(f"Send to {account} ({destination.name}, protected)?")
    if answer is None:
        raise UsageProblem(
            f"The destination {destination.name} ({account}) is protected, and nobody is here to confirm.",
            "Look at the plan first, then run again with --yes.",
            code="confirmation",
        )
    if not answer:
        raise UsageProblem(
            "Nothing was sent.", "Answer y to send, or choose another destination with --to.", code="declined"
        )
