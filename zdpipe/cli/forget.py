"""`zdpipe forget`."""

from __future__ import annotations

from typing import Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.ambiguous import named_candidates
from zdpipe.cli.options import Format, FormatOption, KeyArgument, PiiOption, ProjectOption
from zdpipe.cli.output import show, write_json


def forget(
    key: KeyArgument,
    simulator: Annotated[
        bool, typer.Option("--simulator", help="Erase them from embedded simulators too.")
    ] = False,
    show_pii: PiiOption = False,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Erase one customer from all local state; Zendesk is not touched."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.cli.simulated import erase_simulated
    from zdpipe.pipeline.forget import forget_person
    from zdpipe.reports.forgotten_text import forgotten_json, forgotten_text

    with open_bench(project, "forget") as bench, named_candidates(show_pii=show_pii):
        forgotten = forget_person(bench, key)
        if simulator:
            forgotten = erase_simulated(bench.project, forgotten, key)
    if output_format is Format.JSON:
        write_json(forgotten_json(forgotten, key, show_pii=show_pii))
    else:
        show(forgotten_text(forgotten, key, show_pii=show_pii))
    return exit_codes.DONE
