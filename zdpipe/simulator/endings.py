"""How a job ends: what it writes, its final status, and a result for each user."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from zdpipe.simulator.effects import EFFECTS, FailItems, fits
from zdpipe.simulator.people import Person
from zdpipe.simulator.times import spelled_out
from zdpipe.simulator.users import Action, Writing, write_user

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended: `message` None for the usual one, `results` None for none at all.

    `statuses` says what became of the users, whether or not the results tell.
    """

    status: str
    message: str | None = None
    results: list[Result] | None = None
    statuses: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shape:
    """How the jobs of an action name themselves and a user who was written."""

    job_type: str
    action: Action
    written: Callable[[Person, bool], Result]


def end_job(writing: Writing, items: list[Any], action: str, fate: str | None, failing: str | None) -> Ending:
    """Write the users of a job as its fate allows."""
    at = spelled_out(writing.at)
    if fate == "failed":
        return Ending("failed", f"Failed at {at}")
    if fate == "killed":
        return Ending("killed", f"Killed at {at}")
    written = items[: (len(items) + 1) // 2] if fate == "failed_midway" else items
    fault = _failing_from_json(failing) if failing else None
    results = [_result(writing, n, item, action, fault) for n, item in enumerate(written)]
    statuses = [result["status"] for result in results]
    if fate == "failed_midway":
        return Ending("failed", f"Failed at {at}", None, statuses)
    return Ending("completed", None, _told(results, items, fate), statuses)


def failing_as_json(fault: FailItems) -> str:
    """Return a fault that fails some users in a form to store."""
    where = {name: wanted.pattern for name, wanted in fault.where}
    return json.dumps({"where": where, "error": fault.error, "details": fault.details})


def _failing_from_json(stored: str) -> FailItems | None:
    effect = EFFECTS["items"](json.loads(stored), "items")
    return effect if isinstance(effect, FailItems) else None


def _told(results: list[Result], items: list[Any], fate: str | None) -> list[Result] | None:
    """Return the results as a job of this fate tells them."""
    match fate:
        case "no_results":
            return None
        case "missing_results":
            return results[:-1]
        case "shuffled":
            named = [{**_external_id(item), **result} for item, result in zip(items, results, strict=True)]
            return named[1:] + named[:1]  # so that none of two or more keeps its place
    return results


def _external_id(item: object) -> Result:
    return {"external_id": item.get("external_id")} if isinstance(item, dict) else {}


def _result(writing: Writing, position: int, item: object, action: str, fault: FailItems | None) -> Result:
    """Write a user; return the result as recorded jobs show it: a failed one has its position as id."""
    if fault is not None and fits(fault.where, item):
        return {"id": position, "error": fault.error, "details": fault.details, "status": "Failed"}
    shape = RESULT_OF[action]
    written = write_user(writing, item, shape.action)
    if written.problems or written.person is None:
        details = " ".join(text for _, text in written.problems)
        return {"id": position, "error": "UserUpdateError", "details": details, "status": "Failed"}
    return shape.written(written.person, written.created)


def _created_or_updated(person: Person, created: bool) -> Result:
    return {
        "id": person.id,
        "status": "Created" if created else "Updated",
        "email": person.body["email"],
        "external_id": person.body["external_id"],
    }


def _created(person: Person, _: bool) -> Result:
    echoed = {name: person.body[name] for name in ("email", "external_id") if person.body[name] is not None}
    return {"id": person.id, "status": "Created", **echoed}


def _updated(person: Person, _: bool) -> Result:
    return {"id": person.id, "action": "update", "status": "Updated", "success": True}


RESULT_OF = {
    "create_or_update_many": Shape("Bulk Create User", "create_or_update", _created_or_updated),
    "create_many": Shape("Bulk Create User", "create", _created),
    "update_many": Shape("Bulk Update User", "update", _updated),
}
