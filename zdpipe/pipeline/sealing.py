"""Sealed plans: made by `plan --seal`, and held against what `run --plan` would send."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from zdpipe.errors import UsageProblem
from zdpipe.model.query import Query
from zdpipe.model.seal import Seal
from zdpipe.pipeline.planning import Planned
from zdpipe.pipeline.prepare import Prepared
from zdpipe.pipeline.workbench import Workbench

_LARGEST = 10_000_000  # bytes; no sealed plan comes near


class _Texts(TypedDict):
    sql: str
    attribute_tables: dict[str, str]
    settings: str


class SealBroken(UsageProblem):
    """Raised when a plan of now would not send exactly what was sealed."""

    code = "seal_broken"


def seal_of(bench: Workbench, ready: Prepared, plan: Planned, account: str, *, full: bool) -> Seal:
    """Return the seal of an open plan."""
    return Seal(
        query=ready.query.path,
        account=account,
        full=full,
        **_made_of(bench, ready),
        rows=plan.workspace.print_rows(),
        outgoing=" ".join(
            filter(None, (plan.workspace.print_outgoing(), plan.compared.leavers.print_errands()))
        ),
        counts=plan.counts.as_json(),
        rejections=dict(plan.rejections),
        planned_at=bench.clock.now().isoformat(),
    )


def read_seal(path: Path) -> Seal:
    """Read a sealed plan; raises UsageProblem where there is none or this zdpipe cannot read it."""
    try:
        with path.open("rb") as file:
            return Seal.from_text(file.read(_LARGEST).decode())
    except (OSError, ValueError, RecursionError) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageProblem(
            f"The sealed plan {path} cannot be read: {words}.",
            "Make one with: zdpipe plan QUERY --seal FILE",
            code="seal_unreadable",
        ) from None


def check_subject(seal: Seal, query: Query, account: str, *, full: bool) -> None:
    """Raise SealBroken where a plan is sealed for something else than a run is asked for."""
    pairs = {"query": (seal.query, query.path), "account": (seal.account, account)}
    for what, (sealed, asked) in pairs.items():
        if sealed != asked:
            raise SealBroken(
                f"The plan is sealed for the {what} {sealed}, not for {asked}.",
                "Name what it is for, or seal a plan of what you want to send.",
            )
    if full and not seal.full:
        raise SealBroken("The plan is sealed without --full.", "Leave --full out, or seal a plan with it.")


def check_texts(seal: Seal, bench: Workbench, ready: Prepared) -> None:
    """Raise SealBroken where query, attribute tables or project changed: known before any row is read."""
    check_seal(seal, replace(seal, **_made_of(bench, ready)))


def check_seal(seal: Seal, now: Seal) -> None:
    """Raise SealBroken, saying what changed, unless a plan of now sends exactly what was sealed."""
    if seal.is_like(now):
        return
    changed = ", ".join(seal.what_changed(now))
    again = f"zdpipe plan {seal.query}{' --full' if seal.full else ''} --online --seal FILE"
    raise SealBroken(
        f"Nothing was sent: since the plan was sealed, {changed} changed.",
        f"Look at the plan as it is now, and seal it again: {again}",
    )


def _made_of(bench: Workbench, ready: Prepared) -> _Texts:
    return {
        "sql": _digest(ready.query.text),
        "attribute_tables": {table.name: _digest(table.text) for table in ready.attribute_tables},
        "settings": _settings(bench),
    }


def _settings(bench: Workbench) -> str:
    """Return the digest of what zdpipe.toml says about where rows come from and what is made of them."""
    project = bench.project
    said = {
        "source": project.source.model_dump(mode="json"),
        "fields": {name: rule.model_dump(mode="json") for name, rule in project.fields.items()},
        "phone": project.phone.model_dump(mode="json"),
        "identity": project.identity.model_dump(mode="json"),
        "gone": project.gone.model_dump(mode="json"),
    }
    # The same project may lie elsewhere, on the machine that sends.
    text = json.dumps(said, sort_keys=True).replace(json.dumps(str(project.root))[1:-1], "")
    return _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
