"""An account's staff as the last command that asked found them: a small file beside the known users."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from zdpipe.durable import written_whole
from zdpipe.errors import StateError
from zdpipe.model.staff import Staff


def remember_staff(path: Path, staff: Staff) -> None:
    """Write down who the staff are; the file is its owner's alone."""
    content = {"external_ids": sorted(staff.external_ids), "emails": sorted(staff.emails)}
    with written_whole(path) as file:
        file.write(json.dumps(content, ensure_ascii=False, indent=1).encode())


def recall_staff(path: Path) -> Staff:
    """Return the staff that were written down last, nobody where that never happened."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Staff(frozenset(content["external_ids"]), frozenset(content["emails"]))
    except FileNotFoundError:
        return Staff()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StateError(
            f"{path} cannot be read: {error}.", "Delete it; the next run asks the account anew.", code="staff"
        ) from error


def staff_files(folder: Path) -> list[Path]:
    """Return the files of staff in a folder."""
    return sorted(folder.glob("*.staff.json"))


def names_staff(path: Path, texts: Collection[str]) -> bool:
    """Tell whether one of the texts is a member's external_id, in any case, or address."""
    return _without(recall_staff(path), texts) != recall_staff(path)


def forget_staff(path: Path, texts: Collection[str]) -> bool:
    """Take out a member whom external_ids in lower case or addresses name; tell whether one was there."""
    before = recall_staff(path)
    after = _without(before, texts)
    if after != before:
        remember_staff(path, after)
    return after != before


def _without(staff: Staff, texts: Collection[str]) -> Staff:
    """Return the staff without whom one of the texts names."""
    return Staff(
        frozenset(name for name in staff.external_ids if name.lower() not in texts),
        frozenset(email for email in staff.emails if email not in texts),
    )
