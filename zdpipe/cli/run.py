"""`zdpipe run`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.confirm import confirm_destination
from zdpipe.cli.errors import complain_about, error_document
from zdpipe.cli.options import (
    AllowOption,
    Format,
    FormatOption,
    FullOption,
    PiiOption,
    ProjectOption,
    ToOption,
    YesOption,
)
from zdpipe.cli.output import show, write, write_json
from zdpipe.cli.plan import plan_all
from zdpipe.errors import STOPPED, Interrupted, UsageProblem, ZdpipeError

if TYPE_CHECKING:
    from zdpipe.clock import Clock
    from zdpipe.model.guard import Guard
    from zdpipe.model.run import RunReport


def run(  # noqa: PLR0913 - a command has as many arguments as flags
    queries: Annotated[
        list[Path], typer.Argument(metavar="QUERY", help="SQL files, in order.", show_default=False)
    ],
    *,
    to: ToOption = None,
    full: FullOption = False,
    allow: AllowOption = None,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample",
            metavar="N",
            min=1,
            help="Send N customers and nobody else.",
            show_default=False,
        ),
    ] = None,
    canary: Annotated[
        int | None,
        typer.Option(
            "--canary",
            metavar="N",
            min=1,
            help="Send N customers first, and the others once these are there as sent.",
            show_default=False,
        ),
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="FILE",
            help="Send exactly what this sealed plan holds, or nothing.",
            show_default=False,
        ),
    ] = None,
    remember: Annotated[
        bool,
        typer.Option("--remember", help="Read what users hold before, so that the run can be taken back."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Plan only, as zdpipe plan does.")] = False,
    yes: YesOption = False,
    output_format: FormatOption = Format.TEXT,
    show_pii: PiiOption = False,
    project: ProjectOption = None,
) -> int:
    """Send the customers of a query who are new or changed."""
    _check_options(sealed=plan is not None, sampled=sample is not None, dry_run=dry_run, queries=len(queries))
    _check_canary(canary=canary is not None, sampled=sample is not None, dry_run=dry_run)
    if dry_run:
        return plan_all(queries, to, output_format, full=full, show_pii=show_pii, project=project)
    allowed = frozenset(allow or ())
    wish = _Wish(
        to,
        project,
        full=full,
        yes=yes,
        allow=allowed,
        plan=plan,
        sample=sample,
        canary=canary,
        remember=remember,
    )
    sitting = _Sitting(wish, output_format)
    sitting.run_all(queries)
    return sitting.finish(several=len(queries) > 1)


def _check_options(*, sealed: bool, sampled: bool, dry_run: bool, queries: int) -> None:
    """Raise UsageProblem for options that contradict each other."""
    if sealed and (dry_run or sampled or queries > 1):
        raise UsageProblem(
            "--plan sends the whole sealed plan of one query.",
            "Name that query alone, without --dry-run and --sample.",
        )
    if sampled and dry_run:
        raise UsageProblem("--sample sends, and --dry-run does not.", "Leave one of them out.")


def _check_canary(*, canary: bool, sampled: bool, dry_run: bool) -> None:
    if canary and sampled:
        raise UsageProblem(
            "--canary sends everybody, a few of them first; --sample sends a few and nobody else.",
            "Leave one of them out.",
        )
    if canary and dry_run:
        raise UsageProblem("--canary sends, and --dry-run does not.", "Leave one of them out.")


@dataclass(frozen=True)
class _Wish:
    """What was asked for, for every query alike."""

    to: str | None
    project: Path | None
    full: bool
    yes: bool
    allow: frozenset[Guard]
    plan: Path | None
    sample: int | None
    canary: int | None
    remember: bool


@dataclass
class _Sitting:
    """Queries run one after the other: the reports so far, and the error that ended it early."""

    wish: _Wish
    output_format: Format
    reports: list[RunReport] = field(default_factory=list)
    error: ZdpipeError | None = None
    clock: Clock | None = None

    def run_all(self, queries: Sequence[Path]) -> None:
        """Run each query until one stops before it is through."""
        try:
            for query in queries:
                if self.clock is not None:
                    self.clock.sleep(0)  # a stop that came when the query before was already through
                report = self._run(query)
                self.reports.append(report)
                if self.output_format is Format.TEXT:
                    write("\n" if len(self.reports) > 1 else "")
                    show_run(report)
                if report.stop is not None:
                    return
        except ZdpipeError as error:
            if error.exit_code == exit_codes.OURS:
                raise  # to be logged, as any bug
            self.error = error
        except KeyboardInterrupt:
            self.error = Interrupted(STOPPED)

    def finish(self, *, several: bool) -> int:
        """Print what is not printed yet; raise the error of a single query, which says everything."""
        if self.error is not None and not several:
            raise self.error
        if self.output_format is Format.JSON:
            write_json(self._document() if several else self.reports[0].as_json())
        elif self.error is not None:
            complain_about(self.error)
        codes = [exit_codes.of_run(report) for report in self.reports]
        return exit_codes.worst([*codes, self.error.exit_code if self.error else exit_codes.DONE])

    def _run(self, query: Path) -> RunReport:
        from zdpipe.cli.bench import open_bench
        from zdpipe.pipeline.run import run_query

        wish = self.wish
        with open_bench(wish.project, f"run {query}") as bench:
            self.clock = bench.clock
            confirm_destination(bench.destination(wish.to), yes=wish.yes or bool(self.reports))
            return run_query(
                bench,
                query,
                to=wish.to,
                full=wish.full,
                allow=wish.allow,
                sealed=wish.plan,
                sample=wish.sample,
                canary=wish.canary,
                remember=wish.remember,
            )

    def _document(self) -> dict[str, object]:
        document: dict[str, object] = {"runs": [report.as_json() for report in self.reports]}
        return document | error_document(self.error) if self.error else document


def show_run(report: RunReport) -> None:
    """Print a run's summary; files are named from here where that is shorter, as a shell would."""
    from zdpipe.reports.run_text import run_text

    files = tuple(from_here(path) for path in report.rejects_files)
    show(run_text(replace(report, rejects_files=files)))


def from_here(path: str) -> str:
    """Return a path as a shell would name it from here, where that is shorter."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path
