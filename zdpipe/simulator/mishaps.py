"""What the fault that hits a call makes of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace

from zdpipe.simulator.calls import Call
from zdpipe.simulator.effects import (
    Answer,
    ChangeAccount,
    Cut,
    Effect,
    FailItems,
    JobFate,
    Refuse,
    Reset,
    Slow,
    Tenants,
)
from zdpipe.simulator.messages import Response, Way
from zdpipe.simulator.replies import reply
from zdpipe.simulator.scripts import Hit, no_job_was_made
from zdpipe.simulator.standing import change_standing
from zdpipe.simulator.tenants import add_tenants


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer a call is given, and what the account did: None for nothing at all."""

    given: Response
    done: Response | None


def refused(response: Response) -> Outcome:
    """Return the outcome of a call that the account turned away at the door."""
    return Outcome(response, None)


def carried_out(hit: Hit, call: Call, carry_out: Callable[[Call], Response]) -> Outcome:
    """Carry a call out as the fault that hits it, if any, would have it."""
    early = _answered_early(hit.effect)
    if early is not None:
        outcome = Outcome(early, None)
    else:
        _prepare(call.db, hit.effect, call.now)
        fault = hit.effect if isinstance(hit.effect, JobFate | FailItems) else None
        done = carry_out(replace(call, fault=fault))
        outcome = Outcome(_answered_late(hit.effect, done), done)
    if outcome.done is None or outcome.done.status >= 400:
        no_job_was_made(call.db, hit)
    return outcome


def _answered_early(effect: Effect | None) -> Response | None:
    """Return the answer of an effect that keeps the account from doing anything."""
    match effect:
        case Answer(after=False):
            return _scripted(effect)
        case Reset(after=False):
            return Response(500, {}, b"", Way(reset=True))
        case Refuse():
            return reply(effect.status, effect.body, None)
    return None


def _prepare(db: sqlite3.Connection, effect: Effect | None, now: float) -> None:
    match effect:
        case Tenants():
            add_tenants(db, effect.jobs, now + effect.seconds)
        case ChangeAccount():
            change_standing(db, effect.changes, now)


def _answered_late(effect: Effect | None, done: Response) -> Response:
    match effect:
        case Answer():
            return _scripted(effect)
        case Reset():
            return replace(done, way=Way(reset=True))
        case Slow():
            return replace(done, way=Way(seconds=effect.seconds))
        case Cut():
            return replace(done, way=Way(cut=effect.bytes))
    return done


def _scripted(effect: Answer) -> Response:
    response = reply(effect.status, effect.body, effect.retry_after)
    return replace(response, way=Way(headers=effect.headers))
