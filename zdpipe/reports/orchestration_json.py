"""One occasion of an orchestration as one JSON document."""

from __future__ import annotations

from datetime import datetime

from zdpipe.model.orchestration import OrchestrationReport, Step
from zdpipe.model.run import Stop
from zdpipe.reports.run_json import run_json, shown_stop


def orchestration_json(report: OrchestrationReport) -> dict[str, object]:
    """Return the JSON shape; `error` is there where it was not through."""
    document: dict[str, object] = {
        "orchestration": report.name,
        "destination": report.destination,
        "outcome": report.ending.value,
        "due_at": _iso(report.due_at),
        "started_at": _iso(report.started_at),
        "finished_at": _iso(report.finished_at),
        "seconds": round(report.seconds, 3),
        "resumes": report.resumes,
        "overlapped": report.overlapped,
        "next_at": _iso(report.next_at),
        "queries": [_step(step) for step in report.steps],
        "runs": [run_json(run) for run in report.runs],
    }
    return document if report.stop is None else document | {"error": _error(report.stop)}


def _step(step: Step) -> dict[str, object]:
    document: dict[str, object] = {
        "query": step.query,
        "run_id": step.report.run_id if step.report else None,
        "outcome": step.report.outcome.value if step.report else None,
    }
    return document if step.error is None else document | {"error": _error(step.error)}


def _error(stop: Stop) -> dict[str, str]:
    shown = shown_stop(stop) or stop
    return {"code": shown.code, "message": shown.message, "hint": shown.hint}


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
