"""What left when, drawn together into few stretches of equal length."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

from zdpipe.model.pace import Limit, Pace, Sent, Slot

# More could not be told apart on a telephone.
MOST_SLOTS = 60
# Seconds a stretch may last: whoever reads a scale wants round numbers.
_ROUND = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
# A gap is left out where it is longer than this many seconds, and than half of all that is left; of many gaps
# those that are longest.
_SHORTEST_PAUSE = 600.0
_MOST_PAUSES = 8
# Seconds over which a request's users are spread where nobody knows the limit.
_A_REQUEST = 1.0
# The last stretch before a pause is as short as that, in parts of the others, rather than half empty.
_SHORTEST = 0.25


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of time, in seconds since 1970, and the users that leave in it."""

    begins: float
    ends: float
    users: int = 0


def pace_of(sent: Sequence[Sent], limits: Sequence[Limit]) -> Pace:
    """Draw together what a run sent; `limits` has how fast it might send since when, oldest first.

    Each user counts once, when the last request with them left. A request's users are spread over the time
    that the limit gives them: else the rate of a second would depend on where seconds begin.
    """
    if not sent:
        return Pace()
    leaving = [_leaving(each, limits) for each in sent]
    settled = sorted((each.settled_at.timestamp(), each.users) for each in sent if each.settled_at)
    cuts, pauses = _cuts([*leaving, *(_Span(moment, moment) for moment, _ in settled)])
    users = _users_in(cuts, leaving)
    moments = [moment for moment, _ in settled]
    outcomes = [0, *accumulate(number for _, number in settled)]
    slots = (
        Slot(
            datetime.fromtimestamp(cut.begins, UTC),
            cut.ends - cut.begins,
            number / (cut.ends - cut.begins),
            round(so_far),
            outcomes[bisect_right(moments, cut.ends)],
            _limit_in(limits, cut),
            pause,
        )
        for cut, pause, number, so_far in zip(cuts, pauses, users, accumulate(users), strict=True)
    )
    return Pace(tuple(slots))


def _leaving(sent: Sent, limits: Sequence[Limit]) -> _Span:
    begins = sent.sent_at.timestamp()
    limit = _limit_in(limits, _Span(begins, begins))
    return _Span(begins, begins + (sent.users / limit if limit else _A_REQUEST), sent.users)


def _limit_in(limits: Sequence[Limit], span: _Span) -> int | None:
    """Return the highest limit that held in a stretch of time."""
    begun = [limit.since.timestamp() for limit in limits]
    first = max(bisect_right(begun, span.begins) - 1, 0)
    last = max(bisect_right(begun, span.ends), first + 1)
    return max((limit.users_per_second for limit in limits[first:last]), default=None)


def _cuts(spans: Sequence[_Span]) -> tuple[list[_Span], list[float]]:
    """Cut the time into stretches; return them, and the seconds that are left out before each."""
    stays = _stays(sorted(spans, key=lambda span: (span.begins, span.ends)))
    width = _width(sum(stay.ends - stay.begins for stay in stays))
    cuts: list[_Span] = []
    pauses: list[float] = []
    for stay in stays:
        pause = stay.begins - cuts[-1].ends if cuts else 0.0
        number = max(1, math.ceil((stay.ends - stay.begins) / width))
        begins = [stay.begins + place * width for place in range(number)]
        ends = [*begins[1:], max(stay.ends, begins[-1] + width * _SHORTEST)]
        cuts += [_Span(*cut) for cut in zip(begins, ends, strict=True)]
        pauses += [max(pause, 0.0), *[0.0] * (number - 1)]
    return cuts, pauses


def _stays(spans: Sequence[_Span]) -> list[_Span]:
    """Return the time in which something happened, without its longest gaps."""
    stays = [spans[0]]
    for span, dropped in zip(spans[1:], _dropped(spans), strict=True):
        if dropped:
            stays.append(span)
        else:
            stays[-1] = _Span(stays[-1].begins, max(stays[-1].ends, span.ends))
    return stays


def _dropped(spans: Sequence[_Span]) -> Iterator[bool]:
    """Tell of the gap before each span but the first whether it is left out."""
    ends = list(accumulate((span.ends for span in spans), max))
    gaps = [span.begins - end for span, end in zip(spans[1:], ends, strict=False)]
    shortest_first = sorted(range(len(gaps)), key=lambda place: gaps[place])
    left = ends[-1] - spans[0].begins - sum(gap for gap in gaps if gap > 0)
    kept = 0
    for place in shortest_first:
        if gaps[place] > max(_SHORTEST_PAUSE, left / 2) and kept >= len(gaps) - _MOST_PAUSES:
            break
        left += max(gaps[place], 0.0)
        kept += 1
    dropped = set(shortest_first[kept:])
    return (place in dropped for place in range(len(gaps)))


def _width(seconds: float) -> int:
    fitting = (width for width in _ROUND if seconds <= width * MOST_SLOTS)
    return next(fitting, math.ceil(seconds / MOST_SLOTS))


def _users_in(cuts: Sequence[_Span], leaving: Sequence[_Span]) -> list[float]:
    """Return how many users leave in each of the stretches."""
    begins = [cut.begins for cut in cuts]
    users = [0.0] * len(cuts)
    for span in leaving:
        place = bisect_right(begins, span.begins) - 1
        for at, share in _shares(span, cuts, place):
            users[at] += span.users * share
    return users


def _shares(span: _Span, cuts: Sequence[_Span], place: int) -> Iterator[tuple[int, float]]:
    """Yield from a place on in which stretches which share of a span lies."""
    left = 1.0
    while left > 0:
        inside = min(span.ends, cuts[place].ends) - max(span.begins, cuts[place].begins)
        is_last = span.ends <= cuts[place].ends or place + 1 == len(cuts)
        share = left if is_last else inside / (span.ends - span.begins)
        yield place, share
        left = 0.0 if is_last else left - share
        place += 1
