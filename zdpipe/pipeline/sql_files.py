"""The SQL files of a project that a command is about, read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zdpipe.model.query import Query, Role
from zdpipe.project.project import Project
from zdpipe.query import find_queries, read_attribute_tables, read_query


def chosen_paths(project: Project, paths: Sequence[Path] | None = None) -> tuple[Path, ...]:
    """Return the files named and those in the folders named, each once; by default the project's own."""
    found = [path for given in paths or _default_paths(project) for path in _expand(given)]
    return tuple({path.absolute(): path for path in found}.values())


def read_file(project: Project, path: Path, text: str | None = None) -> Query:
    """Read one file, or `text` in its stead; its folder tells queries from attribute tables."""
    inside = path.absolute().is_relative_to(project.paths.attribute_tables.absolute())
    role = Role.ATTRIBUTE_TABLE if inside else Role.QUERY
    return read_query(path, project.root, role, project.source.dialect, text)


def attribute_tables(project: Project) -> tuple[Query, ...]:
    """Return the project's attribute tables, read."""
    folder = project.paths.attribute_tables
    return read_attribute_tables(folder, project.root, project.source.dialect) if folder.is_dir() else ()


def _default_paths(project: Project) -> list[Path]:
    folders = (project.paths.queries, project.paths.attribute_tables)
    return [folder for folder in folders if folder.is_dir()]


def _expand(path: Path) -> Sequence[Path]:
    return find_queries(path) if path.is_dir() else [path]
