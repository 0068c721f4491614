"""What each action on a run does, by the command that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zdpipe.cli import exit_codes
from zdpipe.cli.bench import open_bench
from zdpipe.cli.check import check
from zdpipe.cli.confirm import confirm_sending
from zdpipe.cli.failures import FailuresFormat, failures
from zdpipe.cli.lint import FindingsFormat, lint
from zdpipe.cli.options import Format
from zdpipe.cli.orchestrations import run_ as run_orchestration
from zdpipe.cli.output import note, write, write_json
from zdpipe.cli.plan import PlanFormat, plan
from zdpipe.cli.project import open_project
from zdpipe.cli.resume import resume
from zdpipe.cli.retry import retry
from zdpipe.cli.rollback import rollback
from zdpipe.cli.run import show_run
from zdpipe.cli.runs import rejects
from zdpipe.cli.verify import verify
from zdpipe.cli.watching import watched
from zdpipe.errors import CredentialError
from zdpipe.model.action import ActionName
from zdpipe.model.cause import command_of, guards_to_allow
from zdpipe.project.load import FILE_NAME
from zdpipe.project.locate import line_of

if TYPE_CHECKING:
    from zdpipe.model.guard import Guard
    from zdpipe.model.run import RunReport
    from zdpipe.project.destination import Destination


@dataclass(frozen=True)
class Deed:
    """The run that something is done about, and how the command was given."""

    report: RunReport
    yes: bool
    output_format: Format
    project: Path | None
    show_pii: bool = False

    @property
    def run_id(self) -> str:
        """The run's name."""
        return self.report.run_id

    def query(self) -> Path:
        """Return the file of the run's query, from wherever the command was given."""
        return open_project(self.project).root / self.report.query

    def destination(self) -> Destination:
        """Return where the run was to send to, whatever that is called now."""
        from zdpipe.pipeline.once_more import destination_once_more

        with open_bench(self.project, "runs act") as bench:
            return destination_once_more(bench, self.run_id)


def carry_out(name: ActionName, deed: Deed) -> int:
    """Do it, and return the exit code of what was done."""
    return DEEDS[name](deed)


def _check(deed: Deed) -> int:
    destination = deed.destination()
    _name_credentials(deed, destination)
    code = check(destination.name, output_format=deed.output_format, project=deed.project)
    if code == exit_codes.DONE:
        note(f"Then: {_next_command(deed.report)}")
    return code


def _name_credentials(deed: Deed, destination: Destination) -> None:
    """Say where zdpipe.toml tells of the credentials; what is missing there the check complains about."""
    if destination.kind == "simulator":
        return
    path = open_project(deed.project).root / FILE_NAME
    text = path.read_text(encoding="utf-8-sig")
    with suppress(CredentialError):
        for key, reference in destination.credentials().items():
            line = line_of(text, ["destinations", destination.name, key])
            note(f'{FILE_NAME}:{line}: {key} = "{reference}"')


def _next_command(report: RunReport) -> str:
    return command_of(ActionName.RESUME if report.finished_at is None else ActionName.AGAIN, report)


def _lint(deed: Deed) -> int:
    return lint([deed.query()], output_format=FindingsFormat(deed.output_format), project=deed.project)


def _plan(deed: Deed) -> int:
    return plan(
        deed.query(),
        to=deed.destination().name,
        full=deed.report.is_full,
        output_format=PlanFormat(deed.output_format),
        show_pii=deed.show_pii,
        project=deed.project,
    )


def _rejects(deed: Deed) -> int:
    return rejects(
        deed.run_id, show_pii=deed.show_pii, output_format=deed.output_format, project=deed.project
    )


def _failures(deed: Deed) -> int:
    return failures(
        deed.run_id,
        output_format=FailuresFormat(deed.output_format),
        show_pii=deed.show_pii,
        project=deed.project,
    )


def _verify(deed: Deed) -> int:
    return verify(deed.run_id, show_pii=deed.show_pii, output_format=deed.output_format, project=deed.project)


def _resume(deed: Deed) -> int:
    return resume(deed.run_id, yes=deed.yes, output_format=deed.output_format, project=deed.project)


def _retry(deed: Deed) -> int:
    return retry(deed.run_id, yes=deed.yes, output_format=deed.output_format, project=deed.project)


def _again(deed: Deed) -> int:
    report = deed.report
    if report.rolls_back is not None:
        return rollback(
            report.rolls_back,
            suspend_created="--suspend-created" in report.again.split(),
            show_pii=deed.show_pii,
            yes=deed.yes,
            output_format=deed.output_format,
            project=deed.project,
        )
    if report.retries is not None:
        return retry(report.retries, yes=deed.yes, output_format=deed.output_format, project=deed.project)
    return _run(deed)


def _allow(deed: Deed) -> int:
    return _run(deed, frozenset(guards_to_allow(deed.report)))


def _run(deed: Deed, allow: frozenset[Guard] = frozenset()) -> int:
    from zdpipe.model.alert import Subject
    from zdpipe.model.run import ended_early
    from zdpipe.pipeline.once_more import run_once_more

    if deed.report.orchestration is not None and deed.report.is_on_program:
        return run_orchestration(
            deed.report.orchestration,
            resume=ended_early(deed.report.outcome, deed.report.finished_at),
            allow=list(allow),
            yes=deed.yes,
            output_format=deed.output_format,
            project=deed.project,
        )
    destination = deed.destination()
    with open_bench(deed.project, f"runs act {deed.run_id}") as bench:
        confirm_sending(bench, destination, yes=deed.yes)
        subject = Subject(deed.report.query, destination.name)
        report = watched(bench, subject, lambda: run_once_more(bench, deed.run_id, allow), begins=True)
    return _shown(report, deed)


def _close(deed: Deed) -> int:
    from zdpipe.pipeline.closing import close_run

    with open_bench(deed.project, f"runs act {deed.run_id}") as bench:
        report = close_run(bench, deed.run_id)
    _shown(report, deed)
    return exit_codes.DONE


def _shown(report: RunReport, deed: Deed) -> int:
    from zdpipe.reports.run_json import run_json

    if deed.output_format is Format.JSON:
        write_json(run_json(report))
    else:
        show_run(report, show_pii=deed.show_pii)
    return exit_codes.of_run(report)


def _raise(deed: Deed) -> int:
    """Say where the thresholds stand; the file is other people's to look at, so it is never changed here."""
    from zdpipe.pipeline.thresholds import thresholds
    from zdpipe.reports.advice import threshold_words

    with open_bench(deed.project, "runs act") as bench:
        found = thresholds(bench, deed.report)
    return _told(
        deed,
        ActionName.RAISE,
        threshold_words(found),
        _next_command(deed.report),
        thresholds=[each.as_json() for each in found],
    )


def _enable_import(deed: Deed) -> int:
    from zdpipe.reports.advice import support_request

    destination = deed.destination()
    words = support_request(destination.account)
    return _told(deed, ActionName.ENABLE_IMPORT, words, f"zdpipe check {destination.name}")


def _free_lock(deed: Deed) -> int:
    from zdpipe.pipeline.freeing import free_lock

    with open_bench(deed.project, "runs act") as bench:
        freed = free_lock(bench, deed.run_id)
    words = f"Nobody holds {freed.account}.\n"
    if freed.left_by is not None:
        words += f"What was left of {freed.left_by.words} is removed.\n"
    return _told(deed, ActionName.FREE_LOCK, words, _next_command(deed.report))


def _told(deed: Deed, name: ActionName, words: str, command: str, **more: object) -> int:
    """Print what somebody has to know or do, and the command that is next."""
    if deed.output_format is Format.JSON:
        write_json({"run_id": deed.run_id, "action": name.value, "message": words, **more, "next": command})
    else:
        write(words)
        note(f"Then: {command}")
    return exit_codes.DONE


DEEDS: Mapping[ActionName, Callable[[Deed], int]] = {
    ActionName.CHECK: _check,
    ActionName.ENABLE_IMPORT: _enable_import,
    ActionName.FREE_LOCK: _free_lock,
    ActionName.LINT: _lint,
    ActionName.PLAN: _plan,
    ActionName.REJECTS: _rejects,
    ActionName.FAILURES: _failures,
    ActionName.VERIFY: _verify,
    ActionName.ALLOW: _allow,
    ActionName.RAISE: _raise,
    ActionName.RESUME: _resume,
    ActionName.RETRY: _retry,
    ActionName.AGAIN: _again,
    ActionName.CLOSE: _close,
}
