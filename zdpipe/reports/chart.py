"""A run's pace as two drawings and a table of the same numbers.

The drawings have no measures of their own: places along the time are in percent, so that they fit any width
and their words keep their size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from xml.etree import ElementTree as ET

from zdpipe.model.pace import Pace, Slot
from zdpipe.reports.html import Child, table, tag
from zdpipe.reports.words import count, duration

# Pixels: room for words above a drawing, the drawing, and room for the times below.
_ABOVE = 22
_TALL = 150
_BELOW = 26
# Parts of a stretch that stay free between two bars, and of the whole that a pause takes.
_BETWEEN = 0.15
_PAUSE = 0.02
# A drawing says how long its pauses are while their words have room.
_PAUSES_NAMED = 2
_DAY = 86_400


class _Scale:
    """Where stretches of time lie, in percent of the width, and numbers in pixels from the top."""

    def __init__(self, slots: Sequence[Slot], most: float) -> None:
        whole = sum(slot.seconds for slot in slots)
        pauses = sum(1 for slot in slots if slot.pause)
        room = 1 - _PAUSE * pauses
        widths = [slot.seconds / whole * room for slot in slots]
        gaps = [_PAUSE if slot.pause else 0.0 for slot in slots]
        ends = list(accumulate(gap + width for gap, width in zip(gaps, widths, strict=True)))
        self.begins = [end - width for end, width in zip(ends, widths, strict=True)]
        self.ends = ends
        self._most = most

    def y(self, number: float) -> str:
        """Return how far down a number is."""
        return f"{_ABOVE + _TALL * (1 - number / self._most):.1f}"


def pace_figures(pace: Pace) -> Iterator[ET.Element]:
    """Yield the drawings of a pace that has stretches, and the table."""
    yield _rates(pace)
    yield _progress(pace)
    summary = tag("summary", "The same numbers as a table")
    yield tag("details", summary, _numbers(pace.slots))


def _rates(pace: Pace) -> ET.Element:
    slots, limit = pace.slots, pace.limit
    fastest = max(slot.rate for slot in slots)
    most = max(fastest, limit or 1)
    scale = _Scale(slots, most * 1.05)
    bars = [_bar(scale, place, slot) for place, slot in enumerate(slots)]
    lines = [_limit(scale, place, slot.limit) for place, slot in enumerate(slots) if slot.limit is not None]
    words = f"limit {count(limit)}" if limit else f"at most {count(round(fastest))}"
    told = f"At most {_rate(fastest)}, on average {_rate(_average(pace))} while sending; "
    told += f"the limit was {_rate(limit)}." if limit else "what the limit was is not recorded."
    told += f" A bar is {_stretch(max(slot.seconds for slot in slots))}."
    keys = [("bar", "customers sent a second")]
    if limit:
        keys.append(("limit", f"the limit, {_rate(limit)}"))
    drawing = [*bars, *lines, _label(words, scale.y(limit or fastest))]
    return _figure("rate", "Customers sent a second, against the limit", told, keys, pace, scale, drawing)


def _progress(pace: Pace) -> ET.Element:
    slots = pace.slots
    last = slots[-1]
    scale = _Scale(slots, max(last.sent, last.settled, 1) * 1.05)
    top = scale.y(last.sent)
    drawing = [
        _stroke("grid", 0, 1, top, top),
        *_line(scale, slots, "sent", lambda slot: slot.sent),
        *_line(scale, slots, "settled", lambda slot: slot.settled),
        _label(count(last.sent), top),
    ]
    told = f"{count(last.sent, 'customer')} sent, the outcome of {count(last.settled)} known."
    keys = [("sent", "customers sent so far"), ("settled", "outcome known so far")]
    return _figure(
        "progress", "Customers sent, and how many outcomes were known", told, keys, pace, scale, drawing
    )


def _figure(
    name: str,
    title: str,
    told: str,
    keys: Sequence[tuple[str, str]],
    pace: Pace,
    scale: _Scale,
    drawing: Sequence[ET.Element],
) -> ET.Element:
    base = f"{_ABOVE + _TALL}"
    ground = tag("line", x1="0", x2="100%", y1=base, y2=base, class_="axis")
    drawn = tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", told, id=f"{name}-told"),
        *drawing,
        ground,
        *_pauses(scale, pace.slots),
        *_times(pace.slots),
        class_="drawing",
        role="img",
        aria_labelledby=f"{name}-title {name}-told",
    )
    legend = tag("figcaption", *(_key(kind, words) for kind, words in keys), class_="legend")
    return tag("figure", tag("h3", title), legend, drawn, tag("p", told, class_="soft"))


def _bar(scale: _Scale, place: int, slot: Slot) -> ET.Element:
    begins, ends = scale.begins[place], scale.ends[place]
    top = float(scale.y(slot.rate))
    return tag(
        "rect",
        x=_percent(begins),
        width=_percent((ends - begins) * (1 - _BETWEEN)),
        y=f"{top:.1f}",
        height=f"{_ABOVE + _TALL - top:.1f}",
        class_="bar",
    )


def _limit(scale: _Scale, place: int, limit: int) -> ET.Element:
    y = scale.y(limit)
    return _stroke("limit", scale.begins[place], scale.ends[place], y, y)


def _line(
    scale: _Scale, slots: Sequence[Slot], name: str, number: Callable[[Slot], int]
) -> Iterator[ET.Element]:
    """Yield the pieces of a line; a drawing in percent has no lines of several pieces."""
    before = 0
    for place, slot in enumerate(slots):
        yield _stroke(name, scale.begins[place], scale.ends[place], scale.y(before), scale.y(number(slot)))
        before = number(slot)


def _pauses(scale: _Scale, slots: Sequence[Slot]) -> Iterator[ET.Element]:
    paused = [place for place, slot in enumerate(slots) if slot.pause]
    for place in paused:
        at = scale.begins[place] - _PAUSE / 2
        yield _stroke("pause", at, at, f"{_ABOVE}", f"{_ABOVE + _TALL}")
        if len(paused) <= _PAUSES_NAMED:
            words = f"{duration(slots[place].pause, whole=True)} later"
            yield tag(
                "text", words, x=_percent(at), y=f"{_ABOVE - 8}", text_anchor=_anchor(at), class_="soft"
            )


def _times(slots: Sequence[Slot]) -> Iterator[ET.Element]:
    y = f"{_ABOVE + _TALL + _BELOW - 8}"
    end = slots[-1].begins.timestamp() + slots[-1].seconds
    first = f"{slots[0].begins:%H:%M:%S}"
    whole = duration(end - slots[0].begins.timestamp(), whole=True)
    yield tag("text", f"{first} UTC", x="0", y=y)
    yield tag("text", f"+{whole}", x="100%", y=y, text_anchor="end")


def _numbers(slots: Sequence[Slot]) -> ET.Element:
    heads = ("from (UTC)", "lasting", "sent a second", "limit", "sent so far", "outcome known so far")
    days = (slots[-1].begins - slots[0].begins).total_seconds() >= _DAY
    return table(heads, (_row(slot, days=days) for slot in slots), numbers=(1, 2, 3, 4, 5))


def _row(slot: Slot, *, days: bool) -> tuple[Child, ...]:
    begins = f"{slot.begins:%Y-%m-%d %H:%M:%S}" if days else f"{slot.begins:%H:%M:%S}"
    if slot.pause:
        begins += f", after {duration(slot.pause, whole=True)}"
    return (
        begins,
        _stretch(slot.seconds),
        f"{slot.rate:,.1f}",
        "–" if slot.limit is None else count(slot.limit),
        count(slot.sent),
        count(slot.settled),
    )


def _key(kind: str, words: str) -> ET.Element:
    sample = (
        tag("rect", width="100%", height="100%", class_="bar")
        if kind == "bar"
        else tag("line", x1="0", x2="100%", y1="50%", y2="50%", class_=kind)
    )
    return tag("span", tag("svg", sample, class_="sample", aria_hidden="true"), f" {words}")


def _stroke(name: str, begins: float, ends: float, y1: str, y2: str) -> ET.Element:
    return tag("line", x1=_percent(begins), x2=_percent(ends), y1=y1, y2=y2, class_=name)


def _label(words: str, y: str) -> ET.Element:
    return tag("text", words, x="2", y=f"{float(y) - 6:.1f}", class_="label")


def _anchor(at: float) -> str:
    return "start" if at < 1 / 3 else "end" if at > 2 / 3 else "middle"


def _average(pace: Pace) -> float:
    """Return the rate while something left."""
    sending = [slot for slot in pace.slots if slot.rate]
    seconds = sum(slot.seconds for slot in sending)
    return sum(slot.rate * slot.seconds for slot in sending) / seconds if seconds else 0.0


def _stretch(seconds: float) -> str:
    """Return how long a stretch is; most are whole minutes or hours."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length:.0f} {unit}"
    return duration(seconds).replace(".0 s", " s")


def _rate(number: float) -> str:
    return f"{number:,.1f}".removesuffix(".0") + " a second"


def _percent(part: float) -> str:
    return f"{100 * part:.2f}%"
