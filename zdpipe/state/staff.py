"""An account's staff as the last command that asked found them: a small file beside the known users."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from zdpipe.durable import written_whole
from zdpipe.errors import StateError
from zdpipe.model.staff import Member, Staff


def remember_staff(path: Path, staff: Staff) -> None:
    """Write down who the staff are; the file is its owner's alone."""
    members = [
        {"external_id": member.external_id, "emails": sorted(member.emails)} for member in staff.members
    ]
    with written_whole(path) as file:
        file.write(json.dumps({"members": members}, ensure_ascii=False, indent=1).encode())


def recall_staff(path: Path) -> Staff:
    """Return the staff that were written down last, nobody where that never happened."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Staff(tuple(_member(entry) for entry in content["members"]))
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
    """Tell whether one of the texts is a member's external_id, in lower case, or address."""
    return any(member.is_named(texts) for member in recall_staff(path).members)


def forget_staff(path: Path, texts: Collection[str]) -> bool:
    """Take out the members whom external_ids in lower case or addresses name; tell whether one was there."""
    members = recall_staff(path).members
    others = tuple(member for member in members if not member.is_named(texts))
    if len(others) < len(members):
        remember_staff(path, Staff(others))
    return len(others) < len(members)


def _member(entry: Mapping[str, Any]) -> Member:
    external_id, emails = entry["external_id"], entry["emails"]
    if not all(isinstance(text, str) for text in (external_id or "", *emails)):
        raise TypeError("a member is damaged")
    return Member(external_id, frozenset(emails))
