"""The project a command works on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zdpipe.project.project import Project


def open_project(folder: Path | None) -> Project:
    """Load the project of that folder, or the nearest one upward from here."""
    from zdpipe.project.load import load_project, refuse_unknown_rules

    project = load_project(Path.cwd(), folder)
    if any(project.lint.rules_named()):
        from zdpipe.lint import RULES

        refuse_unknown_rules(project, {*RULES, *(rule.name for rule in RULES.values())})
    return project


def nearest_project(folder: Path | None) -> Project | None:
    """Load a project where there is one; None outside of any, unless one was asked for by name."""
    from zdpipe.project.load import FILE_NAME

    here = Path.cwd()
    if folder is None and not any((above / FILE_NAME).is_file() for above in (here, *here.parents)):
        return None
    return open_project(folder)
