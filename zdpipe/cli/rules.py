"""`zdpipe rules`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli.options import ProjectOption
from zdpipe.cli.output import is_watched, show, write
from zdpipe.cli.project import nearest_project
from zdpipe.errors import UsageProblem

if TYPE_CHECKING:
    from rich.console import RenderableType

    from zdpipe.lint import RuleSummary
    from zdpipe.project.project import Project


def rules(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="A code or name. Default: list all.", show_default=False),
    ] = None,
    project: ProjectOption = None,
) -> int:
    """List the rules of the linter, or explain one."""
    from zdpipe.lint import explain, rule_list

    if code is None:
        here = nearest_project(project)
        show(_list([(rule, _severity(rule, here)) for rule in rule_list()]))
        return 0
    text = explain(code)
    if text is None:
        raise UsageProblem(f"There is no rule {code}.", "`zdpipe rules` lists them all.")
    if is_watched(sys.stdout):
        from rich.markdown import Markdown

        show(Markdown(text, code_theme="ansi_light"))
    else:
        write(text)
    return 0


def _severity(rule: RuleSummary, project: Project | None) -> str:
    """Return how bad the rule is in this project."""
    chosen = project.lint.severity if project else {}
    return str(chosen.get(rule.code) or chosen.get(rule.name) or rule.severity.value)


def _list(entries: list[tuple[RuleSummary, str]]) -> RenderableType:
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    lines: list[RenderableType] = []
    for rule, severity in entries:
        lines.append(Text.assemble((rule.code, "bold"), f" {rule.name} ", (f"({severity})", "dim")))
        lines.append(Padding(Text(rule.summary), (0, 0, 0, 6)))
    return Group(*lines)
