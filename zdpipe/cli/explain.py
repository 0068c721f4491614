"""`zdpipe explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.ambiguous import named_candidates
from zdpipe.cli.options import Format, FormatOption, KeyArgument, PiiOption, ProjectOption
from zdpipe.cli.output import show, write_json


def explain(
    key: KeyArgument,
    run_id: Annotated[
        str | None,
        typer.Option(
            "--run", metavar="RUN", help="Default: the newest run that had them.", show_default=False
        ),
    ] = None,
    show_pii: PiiOption = False,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Tell why one customer is as they are, from source row to Zendesk's answer."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.explain import explain_person
    from zdpipe.reports.journey_json import journey_json
    from zdpipe.reports.journey_mask import mask_journey
    from zdpipe.reports.journey_text import journey_text
    from zdpipe.reports.mask import mask_identifier

    with open_bench(project, "explain") as bench, named_candidates(show_pii=show_pii):
        journey = explain_person(bench, key, run_id)
    shown = key if show_pii else mask_identifier(key)
    journey = journey if show_pii else mask_journey(journey)
    if output_format is Format.JSON:
        write_json(journey_json(journey, shown))
    else:
        show(journey_text(journey, shown))
    return exit_codes.DONE
