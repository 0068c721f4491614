"""`zdpipe schema`."""

from __future__ import annotations

from zdpipe.cli.options import ProjectOption
from zdpipe.cli.output import write


def schema(project: ProjectOption = None) -> int:
    """Write the source's tables and columns to schema.json."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.schema import refresh_schema

    with open_bench(project, "schema") as bench:
        report = refresh_schema(bench)
    tables = f"{report.tables:,} table{'' if report.tables == 1 else 's'}"
    write(f"{report.path}: {tables}, {'written' if report.changed else 'unchanged'}\n")
    return 0
