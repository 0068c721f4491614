"""What is seen and heard of one occasion of an orchestration while it goes and when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zdpipe.cli import exit_codes
from zdpipe.cli.errors import log_error
from zdpipe.cli.options import Format
from zdpipe.cli.output import is_attended, write
from zdpipe.cli.run import show_run
from zdpipe.cli.watching import alert_words, is_a_persons_own, quietly, stop_of, watched
from zdpipe.errors import ZdpipeError
from zdpipe.model.alert import STILL_GOING, Subject
from zdpipe.model.orchestration import Ending

if TYPE_CHECKING:
    from zdpipe.model.orchestration import OrchestrationReport, Order
    from zdpipe.model.run import RunReport, Stop
    from zdpipe.pipeline.conducting import Errand
    from zdpipe.pipeline.workbench import Workbench
    from zdpipe.project.destination import Destination
    from zdpipe.project.orchestration import Orchestration


@dataclass
class OccasionWatch:
    """Tells how each query ended, and then all of it: on the screen, in the log, and to the channels."""

    bench: Workbench
    table: Orchestration
    order: Order
    output_format: Format
    has_begun: bool = False
    missed: int = 0

    def __post_init__(self) -> None:
        self._begun = self.bench.clock.now()

    @property
    def destination(self) -> Destination:
        """Where all of it goes."""
        return self.bench.destination(self.table.destination)

    def __call__(self, errand: Errand) -> RunReport:
        """Do a query's work, and tell how it ended."""
        self.has_begun = True
        subject = Subject(errand.query, self.destination.name)
        try:
            report = watched(
                self.bench, subject, errand.work, begins=errand.run_id is None, run_id=errand.run_id
            )
        except ZdpipeError as error:
            if error.exit_code != exit_codes.OURS:  # a bug ends all of it, and is logged as any
                log_error(error)
            raise
        if self.output_format is Format.TEXT:
            show_run(report)
            write("\n")
        return report

    def look_back(self) -> None:
        """Tell what could not be told when it happened, before anything begins."""
        from zdpipe.pipeline.alerting_occasions import tell_before

        def tell() -> None:
            words = alert_words(self.bench)
            self.missed = tell_before(self.bench, self.table, words, if_due=self.order.if_due)

        quietly(self.bench, tell, is_over=False)

    def tell(self, report: OrchestrationReport) -> None:
        """Tell how all of it ended, unless nothing was done now or a person at the terminal ended it."""
        from zdpipe.pipeline.alerting_occasions import tell_occasion

        is_theirs = report.ending is Ending.INTERRUPTED and is_attended()
        ended_now = report.finished_at is not None and report.finished_at >= self._begun
        if ended_now and not is_theirs:
            words = alert_words(self.bench)
            quietly(self.bench, lambda: tell_occasion(self.bench, report, words, self.missed))

    def tell_error(self, error: Exception) -> None:
        """Tell what kept the queries from beginning, or ended all of it in between."""
        from zdpipe.pipeline.alerting_occasions import tell_broken, tell_unbegun

        stop = stop_of(error)
        if is_a_persons_own(stop) or self._is_seen(stop):
            return
        tell = tell_broken if self.has_begun else tell_unbegun
        words = alert_words(self.bench)
        quietly(self.bench, lambda: tell(self.bench, self.table, stop, words))

    def _is_seen(self, stop: Stop) -> bool:
        """Tell whether a person sees that nothing was to be done: no time of the schedule was passed over."""
        return stop.code == STILL_GOING and is_attended() and not self.order.if_due
