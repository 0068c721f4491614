"""Changes of approvals.json: one process at a time, so that no approval is lost to another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zdpipe.errors import UsageProblem
from zdpipe.model.approval import Approval, Withdrawal
from zdpipe.pipeline.approving import approvals_for
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.approvals_file import add_approval, remove_approvals
from zdpipe.project.project import Project
from zdpipe.state.folder import prepare_state_folder
from zdpipe.state.locks import approving


def give_approval(project: Project, approval: Approval) -> None:
    """Write an approval down; raises StateLocked where another process does not let the file go."""
    with _only_one(project):
        add_approval(project.root, approval)


def approvals_of(bench: Workbench, path: Path, to: str) -> Withdrawal:
    """Return the approvals that a query has for a destination, and whether it has others; nothing changes.

    The query's file need not be there any more. Raises UsageProblem where there is nothing to withdraw.
    """
    destination = bench.destination(to)
    query = _named(bench, path)
    given = approvals_for(bench, destination)
    taken = tuple(each for each in given if each.query == query)
    if not taken:
        raise UsageProblem(
            f"{query} has no approval for {destination.name} ({bench.account(destination)}).",
            "Nothing is to be withdrawn; approvals.json lists those there are, by the paths of queries.",
            code="no_approval",
        )
    return Withdrawal(
        query=query,
        destination=destination.name,
        account=bench.account(destination),
        taken=taken,
        left=len(given) - len(taken),
        demanded=destination.protected,
    )


def withdraw(bench: Workbench, withdrawal: Withdrawal) -> Withdrawal:
    """Take approvals away as they are by now."""
    with _only_one(bench.project):
        found = approvals_of(bench, bench.project.root / withdrawal.query, withdrawal.destination)
        remove_approvals(bench.project.root, found.taken)
    return found


@contextmanager
def _only_one(project: Project) -> Iterator[None]:
    with approving(prepare_state_folder(project.paths.state)):
        yield


def _named(bench: Workbench, path: Path) -> str:
    """Return a query's path as approvals name it, from here if it is there, else from the project."""
    root = bench.project.root.absolute()
    place = (path if path.exists() or path.is_absolute() else root / path).absolute()
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else place.as_posix()
