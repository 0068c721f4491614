"""Faults schedules drawn from seeds: everything that Zendesk and the network do to a sender."""

from __future__ import annotations

import random
from typing import Any

Fault = dict[str, Any]
MOST_FATES = 4
Dice = random.Random

# Reads, polls and writes meet these; `after` is what makes a sender unsure.
STATUSES = (408, 409, 425, 429, 500, 502, 503, 504)
BODIES = (
    None,
    "",
    "Service unavailable",
    "<html><title>Bad gateway</title></html>",
    {"error": "Oops"},
    '{"err',
)
WAITS = ("2", "7", None, "Sun, 22 Nov 2026 12:00:30 GMT")
FATES = (
    "failed", "killed", "failed_midway", "stuck", "forgotten", "no_results", "missing_results", "shuffled",
    "odd_status",
)  # fmt: skip


def schedule(seed: int) -> dict[str, Any]:
    """Return the faults document of a seed; no fault in it lasts for ever, except that bad rows stay bad."""
    dice = random.Random(seed)
    faults = [dice.choice(_MAKERS)(dice) for _ in range(dice.randint(1, 7))]
    fates = [fault for fault in faults if "job" in fault]
    faults = [fault for fault in faults if fault not in fates[MOST_FATES:]]
    # The first fault that hits a call acts alone, so bad rows come first: they are bad every time.
    if dice.random() < 0.3:
        faults.insert(0, {"items": {"where": {"external_id": r"^id-\d*7$"}}})
    if dice.random() < 0.2:
        faults.insert(
            0, {"refuse": {"where": {"external_id": r"^id-\d*3$"}, "status": dice.choice([400, 413, 422])}}
        )
    if dice.random() < 0.2:
        faults.append(_terminal(dice))
    return {"seed": seed, "faults": faults}


def bad_rows(document: dict[str, Any]) -> set[str]:
    """Return the last digits of the external_ids that Zendesk will never take under a schedule."""
    digits = set()
    for fault in document["faults"]:
        where = fault.get("items", fault.get("refuse"))
        if where is not None:
            digits.add(where["where"]["external_id"][-2])
    return digits


def _calls(dice: Dice, *kinds: str) -> Fault:
    chosen: Fault = {"on": dice.choice(kinds), "skip": dice.choice([0, 0, 1, 2, 5])}
    if dice.random() < 0.25:
        return chosen | {"share": dice.choice([0.2, 0.5]), "times": dice.randint(2, 12)}
    return chosen | {"times": dice.randint(1, 4)}


def _answer(dice: Dice) -> Fault:
    answer: Fault = {"status": dice.choice(STATUSES), "when": dice.choice(["before", "after"])}
    body = dice.choice(BODIES)
    if body is not None:
        answer["body"] = body
    if answer["status"] in {429, 503}:
        answer["retry_after"] = dice.choice(WAITS)
    if answer["status"] == 429 or answer.get("retry_after"):
        # These say that nothing was done (Zendesk rate limits and requests pages).
        answer["when"] = "before"
    if answer["status"] in {409, 425}:
        answer["when"] = "before"
    return _calls(dice, "write", "write", "poll", "read", "me", "any") | {"answer": answer}


def _reset(dice: Dice) -> Fault:
    return _calls(dice, "write", "poll", "read", "any") | {"reset": dice.choice(["before", "after"])}


def _slow(dice: Dice) -> Fault:
    return _calls(dice, "write", "poll", "read") | {"slow": dice.choice([5, 90])}


def _cut(dice: Dice) -> Fault:
    return _calls(dice, "write", "poll", "read", "me") | {"cut": dice.choice([0, 10, 60])}


def _fate(dice: Dice) -> Fault:
    # Five jobs that brought nothing end a batch, so no schedule has as many.
    return {"skip": dice.choice([0, 0, 1, 2, 5]), "job": dice.choice(FATES)}


def _tenants(dice: Dice) -> Fault:
    jobs = dice.choice([29, 30])
    return _calls(dice, "write", "poll") | {"tenants": {"jobs": jobs, "seconds": dice.choice([5, 60])}}


def _terminal(dice: Dice) -> Fault:
    chosen = {"on": dice.choice(["write", "poll", "any"]), "skip": dice.randint(0, 6), "times": 1}
    return chosen | {"answer": {"status": dice.choice([401, 403, 404]), "when": "before"}}


# The likelier ones several times.
_MAKERS = (_answer, _answer, _answer, _reset, _slow, _cut, _fate, _fate, _tenants)
