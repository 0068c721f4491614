"""`zdpipe promote`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.options import AllowOption, Format, FormatOption, ProjectOption
from zdpipe.cli.output import ask, note, show, write_json
from zdpipe.errors import UsageProblem

if TYPE_CHECKING:
    from zdpipe.model.promotion import Promotion
    from zdpipe.pipeline.workbench import Workbench


def promote(  # noqa: PLR0913 - a command has as many arguments as flags
    query: Annotated[Path, typer.Argument(metavar="QUERY", help="A SQL file.", show_default=False)],
    *,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="A", help="The destination it was tried in.", show_default=False),
    ] = None,
    to: Annotated[
        str, typer.Option("--to", metavar="B", help="The destination it is to run in.", show_default=False)
    ],
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Take its approval for B away instead; no account is asked.")
    ] = False,
    allow: AllowOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look, and record nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is recorded.")] = False,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Compare two accounts, plan a query for the second one, and record its approval; nothing is sent.

    With --withdraw an approval is taken away.
    """
    if withdraw:
        if source is not None or allow:
            raise UsageProblem(
                "--withdraw takes an approval away, and --from and --allow are about giving one.",
                "Leave --from and --allow out.",
            )
        return _withdraw(query, to, dry_run=dry_run, yes=yes, output_format=output_format, project=project)
    if source is None:
        raise UsageProblem(
            "It is not said where the query was tried.",
            "Name that destination with --from, or take the approval away with --withdraw.",
        )
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.promote import examine_promotion
    from zdpipe.reports.promotion import approval_text, promotion_json, promotion_text

    with open_bench(project, f"promote {query}") as bench:
        promotion = examine_promotion(bench, query, source, to, frozenset(allow or ()))
        if output_format is Format.TEXT:
            show(promotion_text(promotion))
        if promotion.may_be_approved and not dry_run:
            promotion = _approve(bench, promotion, yes=yes)
    if output_format is Format.JSON:
        write_json(promotion_json(promotion))
    else:
        show(approval_text(promotion, dry_run=dry_run))
    return exit_codes.DONE if promotion.may_be_approved else exit_codes.FOUND


def _withdraw(
    query: Path, to: str, *, dry_run: bool, yes: bool, output_format: Format, project: Path | None
) -> int:
    """Take a query's approval away; whoever sits at a terminal is asked first."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.approvals import approvals_of, withdraw
    from zdpipe.reports.promotion import withdrawal_json, withdrawal_text

    with open_bench(project, f"promote {query}") as bench:
        withdrawal = approvals_of(bench, query, to)
        if not dry_run:
            question = f"Withdraw the approval of {withdrawal.query} for {withdrawal.account} ({to})?"
            if not yes and ask(question) is False:
                raise UsageProblem("Nothing was withdrawn.", "Answer y to withdraw it.", code="declined")
            withdrawal = withdraw(bench, withdrawal)
            note("approvals.json is changed; commit it.")
    if output_format is Format.JSON:
        write_json(withdrawal_json(withdrawal, dry_run=dry_run))
    else:
        show(withdrawal_text(withdrawal, dry_run=dry_run))
    return exit_codes.DONE


def _approve(bench: Workbench, promotion: Promotion, *, yes: bool) -> Promotion:
    """Record the approval; whoever sits at a terminal is asked first, to a script the command is a yes."""
    from zdpipe.pipeline.promote import approve

    target = promotion.target
    question = f"Approve {promotion.query} for {target.account} ({target.destination})?"
    if not yes and ask(question) is False:
        raise UsageProblem(
            "Nothing was approved.", "Answer y to approve it, or look only with --dry-run.", code="declined"
        )
    return approve(bench, promotion, _whoami())


def _whoami() -> str:
    """Return the name of the system's user; a container may run as one without a name."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
