"""Patterns that name files of a project, such as `queries/old/*.sql`."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(pattern: str, path: str) -> bool:
    """Tell whether a pattern names a file, given by its path in the project with `/` between the parts.

    `*` also stands for folders, `**/` for none as well, a pattern that ends with `/` for all below that
    folder, and one without any `/` for files of that name in any folder.
    """
    whole = f"{pattern}*" if pattern.endswith("/") else pattern
    name = path.rpartition("/")[2]
    return (
        fnmatchcase(path, whole)
        or fnmatchcase(path, whole.replace("**/", ""))
        or ("/" not in whole and fnmatchcase(name, whole))
    )
