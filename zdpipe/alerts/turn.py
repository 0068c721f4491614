"""What a channel is told: one message for each change of state, again only where it may not have arrived."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from zdpipe.model.alert import KILLED, RECOVERY, Finding, Judgement, Kind, State
from zdpipe.project.alerts import Alerts

# A message of which nobody knows whether it arrived is repeated at growing distances.
_FIRST_REPEAT = timedelta(minutes=5)
_MOST_DOUBLINGS = 8


@dataclass(frozen=True, slots=True)
class Turn:
    """The states of a subject as a channel is to know them from now on, and those to be told now."""

    states: tuple[State, ...] = ()
    begun: tuple[State, ...] = ()
    over: tuple[State, ...] = ()


def turn(known: Mapping[Kind, State], judgement: Judgement, alerts: Alerts, now: datetime) -> Turn:
    """Bring what a channel knows together with a judgement; what is to be told counts as tried by that."""
    states = tuple(state for kind in Kind for state in _next(kind, known.get(kind), judgement, alerts, now))
    due = {state.kind for state in states if not state.is_told and _is_due(state, now)}
    states = tuple(
        replace(state, tries=state.tries + 1, tried_at=now) if state.kind in due else state
        for state in states
    )
    told = [state for state in states if state.kind in due]
    return Turn(
        states,
        tuple(state for state in told if not state.is_over),
        tuple(state for state in told if state.is_over),
    )


def _next(
    kind: Kind, state: State | None, judgement: Judgement, alerts: Alerts, now: datetime
) -> Iterator[State]:
    if not alerts.tells(kind):
        return
    finding = judgement.finding(kind)
    if finding is not None:
        yield _holding(state, finding, judgement, now)
    elif state is None or not judgement.is_over(state):
        yield from [state] if state is not None else []
    elif state.is_over:
        yield state
    elif (state.is_told or state.tries) and kind.is_lasting and RECOVERY not in alerts.silent:
        yield replace(state, is_over=True, is_told=False, tries=0, tried_at=None)


def _holding(state: State | None, finding: Finding, judgement: Judgement, now: datetime) -> State:
    new = State(finding.kind, finding.cause, now, judgement.run_id)
    if state is None or state.is_over:
        # Of what was said to be over nobody knows whether it was heard.
        return new
    if finding.cause == KILLED and _is_old_news(state, judgement):
        return state
    if state.cause != finding.cause:
        return new
    return replace(state, run_id=judgement.run_id)


def _is_old_news(state: State, judgement: Judgement) -> bool:
    """Tell whether something was told since what was killed began: its end was then, or by itself.

    Attempts that fail before they replace it find it killed again, each of them.
    """
    return judgement.began_at is not None and state.since >= judgement.began_at


def _is_due(state: State, now: datetime) -> bool:
    if state.tried_at is None or not state.tries or now < state.tried_at:
        return True
    return now - state.tried_at >= _FIRST_REPEAT * int(2 ** min(state.tries - 1, _MOST_DOUBLINGS))
