"""How a run ended, told to those who are not there: the log and the project's channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from zdpipe.cli import exit_codes
from zdpipe.cli.invocation import command_line
from zdpipe.cli.output import is_attended, log_run
from zdpipe.errors import STOPPED, Interrupted, ZdpipeError

if TYPE_CHECKING:
    from zdpipe.model.alert import Alert, Message, Subject
    from zdpipe.model.run import RunReport, Stop
    from zdpipe.pipeline.workbench import Workbench

# The code of a person's no; nobody else has to know of it.
_DECLINED = "declined"


def watched(
    bench: Workbench,
    subject: Subject,
    work: Callable[[], RunReport],
    *,
    begins: bool = False,
    run_id: str | None = None,
) -> RunReport:
    """Do the work of one run and tell how it ended, by its report or by what it raises.

    `begins` says that the work begins a run of the query anew: then it is told, too, of one that was killed.
    `run_id` is the run that it goes on with.
    Telling never changes how the work ended, and takes no longer than the project allows.
    """
    from zdpipe.pipeline.alerting import Failure, tell_failure, tell_killed, tell_run

    words = alert_words(bench)
    begun = bench.clock.now()
    bench.progress.subject(subject.query, run_id)
    try:
        if begins:
            quietly(bench, lambda: tell_killed(bench, subject, words), is_over=False)
        report = work()
    except (Exception, KeyboardInterrupt) as error:
        stop = stop_of(error)
        if not is_a_persons_own(stop):
            quietly(bench, lambda: tell_failure(bench, subject, Failure(stop, begun, run_id), words))
        raise
    log_run(report)
    if report.stop is None or not is_a_persons_own(report.stop):
        quietly(bench, lambda: tell_run(bench, report, words))
    return report


def alert_words(bench: Workbench) -> Callable[[Alert], Message]:
    """Return what makes a message of an alert about this command."""

    def words(alert: Alert) -> Message:
        from zdpipe.reports.alert_text import alert_message

        return alert_message(alert, str(bench.project.root), command_line())

    return words


def stop_of(error: BaseException) -> Stop:
    """Return why a command ended, whatever it raised."""
    from zdpipe.cli.errors import message_of
    from zdpipe.model.run import Stop

    match error:
        case KeyboardInterrupt():
            return Stop.from_error(Interrupted(STOPPED))
        case ZdpipeError():
            return Stop(error.code, message_of(error), error.hint, error.exit_code)
        case _:
            words = f"This is a bug of zdpipe ({type(error).__name__})."
            return Stop(
                "bug", words, "The log of the command names a file; please report it.", exit_codes.OURS
            )


def is_a_persons_own(stop: Stop) -> bool:
    """Tell whether somebody at the terminal ended it, who knows."""
    return stop.code == _DECLINED or (stop.exit_code == exit_codes.INTERRUPTED and is_attended())


def quietly(bench: Workbench, tell: Callable[[], None], *, is_over: bool = True) -> None:
    """Tell, and let nothing that comes of it change how the run ended.

    Whoever stops it before a run has begun, so that it is not over, wants none: KeyboardInterrupt is raised.
    """
    try:
        tell()
    except ZdpipeError as error:
        bench.progress.remark(f"No alert could be made: {error.message} {error.hint}")
    except KeyboardInterrupt:
        bench.progress.remark("No alert was sent: somebody stopped it. The next run sends it.")
        if not is_over:
            raise
    except Exception as error:  # noqa: BLE001 - the run ended as it ended, whatever is wrong with alerts
        bench.progress.remark(f"No alert could be made; this is a bug of zdpipe ({type(error).__name__}).")
