"""Alerts that were sent, and states that channels were told of, for people and programs."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from zdpipe.model.alert import Known, Sent, State, Subject, Told
from zdpipe.reports.words import count, moment, printable


def told_table(told: Sequence[Told]) -> RenderableType:
    """Return a line for each channel, and the cure below one that was not reached."""
    lines: list[RenderableType] = []
    for each in told:
        mark = Text("✓", "green") if each.ok else Text("✗", "red")
        said = "the test was sent" if each.ok else printable(each.words)
        lines.append(Text.assemble(mark, f" {each.channel}: {said}"))
        if each.hint:
            lines.append(Padding(Text(printable(each.hint)), (0, 0, 0, 4)))
    return Group(*lines)


def told_json(told: Sequence[Told]) -> dict[str, object]:
    """Return `{"channels": […]}`; `hint` is empty where nothing is to be mended."""
    return {
        "channels": [
            {
                "channel": each.channel,
                "ok": each.ok,
                "delivery": each.delivery.value,
                "message": each.words,
                "hint": each.hint,
            }
            for each in told
        ]
    }


def alerts_table(known: Known) -> RenderableType:
    """Return what is wrong as channels know it, then the messages, newest first."""
    if not known.states and not known.messages:
        return Text("No alert was sent yet.")
    parts: list[RenderableType] = [Text("What channels know to be wrong", "bold")]
    states = [_state(channel, subject, state) for channel, subject, state in known.states]
    parts.append(
        _table(("channel", "about", "to", "what", "since (UTC)", "told"), states) if states else _NONE
    )
    parts += [Text(), Text("Messages, newest first", "bold")]
    messages = [_message(sent) for sent in known.messages]
    parts.append(_table(("sent (UTC)", "channel", "about", "what", "outcome"), messages))
    return Group(*parts)


def alerts_json(known: Known) -> dict[str, object]:
    """Return `{"states": […], "messages": […]}`."""
    return {
        "states": [
            {
                "channel": channel,
                "query": subject.query or None,
                "orchestration": subject.orchestration or None,
                "destination": subject.destination,
                "kind": state.kind.value,
                "cause": state.cause,
                "since": state.since.isoformat(),
                "run_id": state.run_id,
                "over": state.is_over,
                "told": state.is_told,
            }
            for channel, subject, state in known.states
        ],
        "messages": [
            {
                "sent_at": sent.sent_at.isoformat(),
                "channel": sent.channel,
                "query": sent.subject.query or None,
                "orchestration": sent.subject.orchestration or None,
                "destination": sent.subject.destination,
                "run_id": sent.run_id,
                "kinds": list(sent.kinds),
                "delivery": sent.delivery.value,
                "message": sent.words,
            }
            for sent in known.messages
        ],
    }


_NONE = Text("  nothing")


def _state(channel: str, subject: Subject, state: State) -> tuple[str, ...]:
    what = state.kind.value if state.cause == state.kind else f"{state.kind.value} ({state.cause})"
    over = " is over" if state.is_over else ""
    tries = f"no, after {count(state.tries, 'try', 'tries')}" if state.tries else "no"
    told = "yes" if state.is_told else tries
    return channel, subject.name, subject.destination, f"{what}{over}", moment(state.since), told


def _message(sent: Sent) -> tuple[str, ...]:
    outcome = sent.delivery.value if not sent.words else f"{sent.delivery.value}: {sent.words}"
    return moment(sent.sent_at), sent.channel, sent.subject.name, ", ".join(sent.kinds), outcome


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table
