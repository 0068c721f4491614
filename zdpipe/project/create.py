"""A first project: files that work right after `zdpipe sample`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from zdpipe.errors import ProjectError

# Path in the project → template; the endings keep the tools that read our own tree away from templates.
TEMPLATES: dict[str, str] = {
    "zdpipe.toml": "zdpipe.toml.txt",
    "queries/zendesk_users.sql": "zendesk_users.sql",
    "attribute_tables/zendesk_attributes.sql": "zendesk_attributes.sql",
    "tests/test_mappings.py": "test_mappings.py.txt",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    ".gitignore": "gitignore.txt",
}


def create_project(folder: Path) -> list[Path]:
    """Write a new project into a folder, made if need be, and return the files written.

    Raises ProjectError, and writes nothing, when one of the files is there already.
    """
    taken = [name for name in TEMPLATES if (folder / name).exists()]
    if taken:
        raise ProjectError(
            f"{folder} already has {', '.join(taken)}; nothing was written.",
            "Choose an empty folder, or move these files away.",
        )
    try:
        return [_write(folder / name, template) for name, template in TEMPLATES.items()]
    except OSError as error:
        raise ProjectError(
            f"{error.filename or folder} cannot be written: {error.strerror}.",
            "Choose a folder that you may write.",
        ) from None


def _write(path: Path, template: str) -> Path:
    text = files("zdpipe.project").joinpath("templates", template).read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
