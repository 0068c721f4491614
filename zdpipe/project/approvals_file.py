"""approvals.json: which queries were approved for which destination, committed beside zdpipe.toml.

A team promotes on one machine and runs on another, and reviews in a pull request what one of them approved.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from zdpipe.errors import ProjectError
from zdpipe.model.approval import Approval, QueryPrint
from zdpipe.project.committed_file import write_committed

FORMAT = 1


def approvals_path(root: Path) -> Path:
    """Return where a project's approvals lie."""
    return root / "approvals.json"


def read_approvals(root: Path) -> tuple[Approval, ...]:
    """Return all approvals; raises ProjectError where the file is there and cannot be understood."""
    path = approvals_path(root)
    try:
        return _approvals(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be read: {error.strerror}.", "Make it a file that you may read."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ProjectError(
            f"{path} holds no approvals that this zdpipe reads.",
            "Put it back as it was committed; `zdpipe promote` writes it.",
            code="approvals_damaged",
        ) from None


def add_approval(root: Path, approval: Approval) -> None:
    """Write an approval; an earlier one of the query for the same destination or account is replaced.

    Whoever changes the file sees to it that nobody else does meanwhile.
    """
    others = [each for each in read_approvals(root) if not _is_about_the_same(each, approval)]
    _write(root, [*others, approval])


def remove_approvals(root: Path, approvals: Collection[Approval]) -> None:
    """Take approvals out of the file."""
    _write(root, [each for each in read_approvals(root) if each not in approvals])


def _write(root: Path, approvals: Iterable[Approval]) -> None:
    every = sorted(approvals, key=lambda each: (each.destination, each.query, each.account))
    content = {"format": FORMAT, "approvals": [each.as_json() for each in every]}
    write_committed(approvals_path(root), content)


def _is_about_the_same(one: Approval, other: Approval) -> bool:
    return one.query == other.query and (one.destination == other.destination or one.account == other.account)


def _approvals(content: Any) -> tuple[Approval, ...]:
    if content["format"] != FORMAT:
        raise ValueError
    return tuple(_approval(each) for each in content["approvals"])


def _approval(written: Mapping[str, Any]) -> Approval:
    texts = ("query", "destination", "account", "from", "sql", "settings", "approved_by", "approved_at")
    tables = {**written["attribute_tables"]}
    if not all(isinstance(value, str) for value in (*(written[name] for name in texts), *tables.values())):
        raise TypeError
    return Approval(
        query=written["query"],
        destination=written["destination"],
        account=written["account"],
        source=written["from"],
        made_of=QueryPrint(written["sql"], tables, written["settings"]),
        by=written["approved_by"],
        at=datetime.fromisoformat(written["approved_at"]),
    )
