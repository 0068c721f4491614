"""The files of the downloaded source distributions."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(".venv/corpus/sources")


def files(project: str, folder: str, ending: str) -> Iterator[tuple[str, str]]:
    """Yield path and text of a project's files below a folder; paths begin with that folder."""
    archive = next(FOLDER.glob(f"{project}-*.tar.gz"), None)
    if archive is None:
        raise FileNotFoundError(f"`make test-corpus` downloads {project} to {FOLDER}.")
    with tarfile.open(archive) as opened:
        for member in opened:
            path = member.name.partition("/")[2]
            if member.isfile() and path.startswith(folder) and path.endswith(ending):
                content = opened.extractfile(member)
                assert content is not None
                yield path, content.read().decode("utf-8", errors="replace")
