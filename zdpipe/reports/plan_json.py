"""A plan in its promised JSON shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from zdpipe.model.identities import Claims, Identities
from zdpipe.model.plan import Example, PlanReport
from zdpipe.reports.identity_words import masked_claim
from zdpipe.reports.mask import mask_fragment, mask_identifier


def plan_json(report: PlanReport, *, show_pii: bool = False) -> dict[str, object]:
    """Return the document; the values in its examples are JSON texts, masked unless asked otherwise."""
    return {
        "query": report.query,
        "destination": report.destination,
        "counts": report.counts.as_json(),
        "gone": report.gone,
        **({"gone_actions": report.farewells.as_json()} if report.farewells else {}),
        "rejections": dict(report.rejections),
        "warnings": dict(report.warnings),
        "columns": dict(report.columns),
        "updates": dict(report.updates),
        "respelled": report.respelled,
        "guards": [verdict.as_json() for verdict in report.guards],
        "unapproved": asdict(report.unapproved) if report.unapproved else None,
        "identities": _identities(report.identities, show_pii=show_pii),
        "reading": asdict(report.reading),
        "forecast": asdict(report.forecast),
        "planned_at": report.planned_at.isoformat() if report.planned_at else None,
        "examples": [_example(example, show_pii=show_pii) for example in report.examples],
    }


def _identities(found: Identities, *, show_pii: bool) -> dict[str, object]:
    spellings = [[spelt if show_pii else mask_identifier(spelt) for spelt in ids] for ids in found.spellings]
    return {
        "shared": _claims(found.shared, show_pii=show_pii),
        "elsewhere": _claims(found.elsewhere, show_pii=show_pii),
        "secondary": {
            **_claims(found.secondary, show_pii=show_pii),
            "crowded": found.crowded,
            "promoted": found.promoted,
        },
        "case": {"ids": found.cases, "examples": spellings},
        "taken": _claims(found.taken, show_pii=show_pii),
        "asked": found.asked,
        "new_addresses": found.new_addresses,
    }


def _claims(claims: Claims, *, show_pii: bool) -> dict[str, object]:
    examples = [masked_claim(claim, show_pii=show_pii) for claim in claims.examples]
    return {
        "addresses": claims.addresses,
        "customers": claims.customers,
        "examples": [asdict(claim) for claim in examples],
    }


def _example(example: Example, *, show_pii: bool) -> dict[str, object]:
    return {
        "key": example.key if show_pii else mask_identifier(example.key),
        "sending": example.sending,
        "before": None if example.before is None else _values(example.before, show_pii=show_pii),
        "after": _values(example.after, show_pii=show_pii),
    }


def _values(values: Mapping[str, str | None], *, show_pii: bool) -> dict[str, str | None]:
    if show_pii:
        return dict(values)
    return {field: mask_fragment(field, fragment) for field, fragment in values.items()}
