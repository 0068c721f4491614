"""`zdpipe alerts`: test, list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.options import Format, FormatOption, ProjectOption
from zdpipe.cli.output import show, write_json
from zdpipe.errors import UsageProblem

if TYPE_CHECKING:
    from zdpipe.pipeline.workbench import Workbench


def try_(output_format: FormatOption = Format.TEXT, project: ProjectOption = None) -> int:
    """Send a test to every channel, and tell what became of it."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.alerting import try_channels
    from zdpipe.reports.alert_text import TEST
    from zdpipe.reports.alerts_table import told_json, told_table

    with open_bench(project, "alerts test") as bench:
        _refuse_silence(bench)
        told = try_channels(bench, TEST)
    if output_format is Format.JSON:
        write_json(told_json(told))
    else:
        show(told_table(told))
    return exit_codes.DONE if all(each.ok for each in told) else exit_codes.FOUND


def list_(
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="So many messages.")] = 20,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """List what channels know to be wrong, and the newest messages with what became of them."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.alerting import known_alerts
    from zdpipe.reports.alerts_table import alerts_json, alerts_table

    with open_bench(project, "alerts list") as bench:
        known = known_alerts(bench, limit)
    if output_format is Format.JSON:
        write_json(alerts_json(known))
    else:
        show(alerts_table(known))
    return exit_codes.DONE


def _refuse_silence(bench: Workbench) -> None:
    if not bench.project.alerts.channels:
        raise UsageProblem(
            "There is no channel to test.",
            'Add one to [alerts] in zdpipe.toml, such as channels = { ops = "env:ZDPIPE_ALERTS" }.',
        )
