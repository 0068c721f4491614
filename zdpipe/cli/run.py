"""`zdpipe run`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.confirm import confirm_sending
from zdpipe.cli.errors import complain_about, error_document, log_error
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
from zdpipe.cli.watching import watched
from zdpipe.errors import STOPPED, Interrupted, UsageProblem, ZdpipeError

SampleOption = Annotated[
    int | None,
    typer.Option(
        "--sample", metavar="N", min=1, help="Send N customers and nobody else.", show_default=False
    ),
]
CanaryOption = Annotated[
    int | None,
    typer.Option(
        "--canary",
        metavar="N",
        min=1,
        help="Send N customers first, and the others once these are there as sent.",
        show_default=False,
    ),
]
SealedPlanOption = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        metavar="FILE",
        help="Send exactly what this sealed plan holds, or nothing.",
        show_default=False,
    ),
]
RememberOption = Annotated[
    bool, typer.Option("--remember", help="Read what users hold before, so that the run can be taken back.")
]

if TYPE_CHECKING:
    from zdpipe.clock import Clock
    from zdpipe.model.run import RunReport
    from zdpipe.model.wish import Wish


def run(  # noqa: PLR0913 - a command has as many arguments as flags
    queries: Annotated[
        list[Path], typer.Argument(metavar="QUERY", help="SQL files, in order.", show_default=False)
    ],
    *,
    to: ToOption = None,
    full: FullOption = False,
    allow: AllowOption = None,
    sample: SampleOption = None,
    canary: CanaryOption = None,
    plan: SealedPlanOption = None,
    remember: RememberOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Plan only, as zdpipe plan does.")] = False,
    yes: YesOption = False,
    output_format: FormatOption = Format.TEXT,
    show_pii: PiiOption = False,
    project: ProjectOption = None,
) -> int:
    """Send the customers of a query who are new or changed."""
    from zdpipe.model.wish import Wish

    wish = Wish(full, allow=frozenset(allow or ()), sample=sample, canary=canary, remembers=remember)
    _check_options(wish, sealed=plan is not None, dry_run=dry_run, queries=len(queries))
    if dry_run:
        return plan_all(queries, to, output_format, full=full, show_pii=show_pii, project=project)
    sitting = _Sitting(_Way(to, project, plan, yes=yes), wish, output_format)
    sitting.run_all(queries)
    return sitting.finish(several=len(queries) > 1)


def _check_options(wish: Wish, *, sealed: bool, dry_run: bool, queries: int) -> None:
    """Raise UsageProblem for options that contradict each other."""
    if sealed and (dry_run or wish.sample or queries > 1):
        raise UsageProblem(
            "--plan sends the whole sealed plan of one query.",
            "Name that query alone, without --dry-run and --sample.",
        )
    if wish.canary and wish.sample:
        raise UsageProblem(
            "--canary sends everybody, a few of them first; --sample sends a few and nobody else.",
            "Leave one of them out.",
        )
    sending = {"--sample": wish.sample, "--canary": wish.canary, "--remember": wish.remembers}
    for option, given in sending.items():
        if given and dry_run:
            raise UsageProblem(f"{option} sends, and --dry-run does not.", "Leave one of them out.")


@dataclass(frozen=True)
class _Way:
    """From where to where every query goes, the sealed plan of it, and whether nobody is asked."""

    to: str | None
    project: Path | None
    plan: Path | None
    yes: bool


@dataclass
class _Sitting:
    """Queries run one after the other: the reports so far, and the error that ended it early."""

    way: _Way
    wish: Wish
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
            write_json(self._document(several=several))
            if self.error is not None:
                log_error(self.error)
        elif self.error is not None:
            complain_about(self.error)
        codes = [exit_codes.of_run(report) for report in self.reports]
        return exit_codes.worst([*codes, self.error.exit_code if self.error else exit_codes.DONE])

    def _run(self, query: Path) -> RunReport:
        from zdpipe.cli.bench import open_bench
        from zdpipe.pipeline.alerting import subject_of
        from zdpipe.pipeline.run import run_query

        way = self.way
        with open_bench(way.project, f"run {query}") as bench:
            self.clock = bench.clock

            def work() -> RunReport:
                confirm_sending(bench, bench.destination(way.to), yes=way.yes or bool(self.reports))
                return run_query(bench, query, self.wish, to=way.to, sealed=way.plan)

            return watched(bench, subject_of(bench, query, way.to), work, begins=True)

    def _document(self, *, several: bool) -> dict[str, object]:
        from zdpipe.reports.run_json import run_json

        if not several:
            return run_json(self.reports[0])
        document: dict[str, object] = {"runs": [run_json(report) for report in self.reports]}
        return document | error_document(self.error) if self.error else document


def show_run(report: RunReport, *, show_pii: bool = False) -> None:
    """Print a run's summary; files are named from here where that is shorter, as a shell would."""
    from zdpipe.reports.run_text import run_text

    files = tuple(from_here(path) for path in report.rejects_files)
    show(run_text(replace(report, rejects_files=files), show_pii=show_pii))


def from_here(path: str) -> str:
    """Return a path as a shell would name it from here, where that is shorter."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path
