"""An orchestration as units of systemd."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from zdpipe.errors import UsageProblem
from zdpipe.model.schedule import Schedule
from zdpipe.reports.on_calendar import calendar_events, events_left_out

_TIMER = """\
# {name}.timer
[Unit]
Description=When the zdpipe orchestration {orchestration} of {folder} is due

[Timer]
{events}
Persistent=true
AccuracySec=1s

[Install]
WantedBy=timers.target
"""
_SERVICE = """\
# {name}.service
[Unit]
Description=zdpipe orchestration {orchestration} of {folder}

[Service]
Type=oneshot
WorkingDirectory={root}
ExecStart={command}
"""
_CHANGES = "# What a change of the clock would leave out; on other days nothing is due then."


def unit_name(root: Path, orchestration: str) -> str:
    """Return the name of both units, without suffix; the project's folder tells projects apart."""
    return f"zdpipe-{re.sub(r'[^A-Za-z0-9_.-]', '_', root.name)}-{orchestration}"


def units(
    root: Path, orchestration: str, schedule: Schedule, command: Sequence[str], now: datetime
) -> dict[str, str]:
    """Return the timer and the service of an orchestration, by file name."""
    name = unit_name(root, orchestration)
    words = {"name": name, "orchestration": orchestration, "folder": _plain(root.name)}
    timer = _TIMER.format(events="\n".join(_events(schedule, now)), **words)
    place = _plain(str(root))
    service = _SERVICE.format(root=place, command=" ".join(map(_quoted, command)), **words)
    return {f"{name}.timer": timer, f"{name}.service": service}


def _events(schedule: Schedule, now: datetime) -> list[str]:
    left_out = events_left_out(schedule, now)
    return [
        f"# {schedule.expression} ({schedule.zone})",
        *(f"OnCalendar={event}" for event in calendar_events(schedule)),
        *([_CHANGES] if left_out else []),
        *(f"OnCalendar={event}" for event in left_out),
    ]


def _plain(text: str) -> str:
    """Return a text for a setting that is taken as it is: % begins a specifier (man systemd.unit)."""
    if any(not char.isprintable() for char in text) or text.endswith("\\"):
        raise UsageProblem(
            "The path of the project or of zdpipe has a character that no unit of systemd can hold.",
            "Move it to a folder whose name has printable characters only.",
        )
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    """Return a word of a command line (man systemd.service, "Command lines")."""
    word = _plain(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return word if re.fullmatch(r"[A-Za-z0-9_./:@%+=-]+", word) else f'"{word}"'
