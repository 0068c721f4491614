"""The only place that prints: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from zdpipe.cli import json_log
from zdpipe.cli.json_log import Level
from zdpipe.errors import UsageProblem

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from zdpipe.model.finding import Finding
    from zdpipe.model.run import RunReport

_REPORT_WIDTH = 100
# A document may be longer than memory.
_PIECES_AT_ONCE = 100_000


class Unwritable(UsageProblem):
    """Raised when a result cannot be written where it should go."""

    code = "output"


def write(text: str) -> None:
    """Print a result exactly as it is, in UTF-8; that nobody reads it any more is no error."""
    sys.stdout.flush()
    _guarded(sys.stdout, text.encode())


def write_json(document: object) -> None:
    """Print the one JSON document of a command."""
    pieces = json.JSONEncoder(ensure_ascii=False, indent=2, default=str).iterencode(document)
    while some := "".join(islice(pieces, _PIECES_AT_ONCE)):
        write(some)
    write("\n")


def show(renderable: RenderableType) -> None:
    """Print a result for people: in colours on a terminal, plain elsewhere."""
    console = _console(sys.stdout)
    with console.capture() as captured:
        console.print(renderable, highlight=False, markup=False, crop=False)
    # Padding of table cells would make a copied line longer than it looks.
    write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def show_aside(renderable: RenderableType) -> None:
    """Print something for people beside the result, on stderr."""
    console = _console(sys.stderr)
    with console.capture() as captured:
        console.print(renderable, highlight=False, markup=False, crop=False)
    _guarded(sys.stderr, captured.get().encode())


def note(text: str) -> None:
    """Print a remark beside the result, on stderr."""
    if json_log.is_json():
        log(Level.INFO, text)
    else:
        _guarded(sys.stderr, f"{text}\n".encode())


def log(level: Level, message: str, **more: object) -> None:
    """Write a line of the JSON log, on stderr."""
    _guarded(sys.stderr, f"{json_log.line(level, message, **more)}\n".encode())


def log_finding(finding: Finding) -> None:
    """Write a finding of the linter as a line of the JSON log, on stderr."""
    _guarded(sys.stderr, f"{json_log.finding_line(finding)}\n".encode())


def log_run(report: RunReport) -> None:
    """Write the end of a run to the log, where that is JSON; people read the summary."""
    if json_log.is_json():
        _guarded(sys.stderr, f"{json_log.run_line(report)}\n".encode())


def complain(message: str, hint: str, code: str = "") -> None:
    """Print what went wrong, and below it the cure, on stderr."""
    from rich.text import Text

    if json_log.is_json():
        log(Level.ERROR, message, code=code, hint=hint)
        return
    lines = [Text.assemble(("Error: ", "bold red"), message)]
    if hint:
        lines.append(Text.assemble(("Cure:  ", "bold"), hint))
    console = _console(sys.stderr)
    with console.capture() as captured:
        for line in lines:
            console.print(line, highlight=False, markup=False, soft_wrap=not console.is_terminal)
    _guarded(sys.stderr, captured.get().encode())


def as_text(renderable: RenderableType) -> str:
    """Return what people would see, plain, for a file."""
    from rich.console import Console

    console = Console(width=_REPORT_WIDTH, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(renderable, highlight=False, markup=False, crop=False)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def width() -> int:
    """Return how many columns results may take."""
    return _console(sys.stdout).width


def is_watched(stream: TextIO) -> bool:
    """Tell whether people see a stream on a terminal, rather than a file or a program gets it.

    FORCE_COLOR asks for the same where no terminal is, as in the log of a build (force-color.org).
    """
    forced = os.environ.get("FORCE_COLOR")  # noqa: TID251 - about how to print, as rich reads it
    return stream.isatty() or bool(forced)


def is_attended() -> bool:
    """Tell whether a person sits at the terminal that the command was started from."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> bool | None:
    """Ask the person at the terminal to say yes; None when nobody is there."""
    if not is_attended():
        return None
    _guarded(sys.stderr, f"{question} [y/N] ".encode())
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def choose(question: str, choices: Sequence[str]) -> int | None:
    """Let the person at the terminal choose a line by its number, from 1, or its first word.

    Returns its place, from 0; -1 for any other answer, and None when nobody is there.
    """
    if not is_attended():
        return None
    lines = [f"  {number}  {choice}\n" for number, choice in enumerate(choices, 1)]
    _guarded(sys.stderr, f"{''.join(lines)}{question} ".encode())
    answer = sys.stdin.readline().strip().lower()
    known = [{str(number), choice.split()[0].rstrip(":")} for number, choice in enumerate(choices, 1)]
    return next((place for place, names in enumerate(known) if answer in names), -1)


def read_stdin() -> str:
    """Return everything that is piped in, as UTF-8; bytes that are none are replaced."""
    return sys.stdin.buffer.read().decode("utf-8", errors="replace")


def open_closed_streams() -> None:
    """Give those of the three standard streams a place that the caller closed; Python leaves None there."""
    nowhere = Path(os.devnull)
    if sys.stdin is None:
        sys.stdin = nowhere.open(encoding="utf-8")
    if sys.stdout is None:
        sys.stdout = nowhere.open("w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = nowhere.open("w", encoding="utf-8")


def flush() -> None:
    """Write out what is still held back, so that a closed pipe shows here and not when Python exits."""
    _guarded(sys.stdout, b"")
    _guarded(sys.stderr, b"")


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    return Console(file=stream)


def _guarded(stream: TextIO, data: bytes) -> None:
    """Write to a stream; raises Unwritable when a result cannot be written, as on a full disk."""
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    except BrokenPipeError:
        _give_up(stream)
    except OSError as error:
        _give_up(stream)
        if stream is sys.stdout:
            raise Unwritable(
                f"The result cannot be written: {error.strerror or error}.",
                "Send it elsewhere, or make room. What was done is recorded: zdpipe runs show",
            ) from error


def _give_up(stream: TextIO) -> None:
    """Let the rest go nowhere (docs.python.org, signal, "Note on SIGPIPE"): Python would complain again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
