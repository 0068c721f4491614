"""What text and page of a plan say alike: its examples and its forecast."""

from __future__ import annotations

from collections.abc import Iterator

from zdpipe.model.plan import Example, PlanReport, Reading
from zdpipe.model.policy import CLEARED
from zdpipe.reports.farewells import forecast_farewells
from zdpipe.reports.mask import mask_fragment, mask_identifier
from zdpipe.reports.words import count, duration

NOTHING = "(nothing)"
# What an example is an example of; a further address is no change of the first one.
_SENDING = {"email": "one more address of"}
_ADDRESS = "email"


def heading(example: Example, *, show_pii: bool) -> str:
    """Say what an example is about, the customer masked unless asked otherwise."""
    key = example.key if show_pii else mask_identifier(example.key)
    return f"{_SENDING.get(example.sending, example.sending)} {key}"


def changes(example: Example, *, show_pii: bool) -> Iterator[tuple[str, str, str]]:
    """Yield field, before and after of everything that changes; before is empty where nothing is known."""
    is_address = example.sending == _ADDRESS
    before = {} if is_address else example.before or {}
    for field, after in example.after.items():
        if field == _ADDRESS if is_address else example.before is None or before.get(field) != after:
            old = _shown(field, before[field], show_pii=show_pii) if field in before else ""
            yield field, old, _shown(field, after, show_pii=show_pii)


def forecast_facts(report: PlanReport) -> list[tuple[str, str]]:
    """Return names and facts: requests, time, limits it rests on, and who changes nothing or is gone."""
    forecast = report.forecast
    sends = forecast.requests > 0
    facts = [
        ("requests", f"{count(forecast.requests)}, {count(forecast.jobs, 'job')}"),
        ("time", f"about {duration(forecast.seconds)} of sending" if sends else "nothing to send"),
    ]
    if sends and forecast.requests_per_minute is not None:
        facts.append(("limit", f"{count(forecast.requests_per_minute, 'request')} a minute, as Zendesk said"))
    if sends and forecast.job_seconds is not None:
        facts.append(("a job takes", f"about {duration(forecast.job_seconds)}, as earlier ones did"))
    if report.reading.customers:
        facts.append(
            ("asked about" if report.reading.asked else "to be asked about", _reading(report.reading))
        )
    if report.respelled:
        facts.append(("respelled", f"{count(report.respelled, 'unchanged customer')}, written differently"))
    if report.gone:
        facts.append(("gone", f"{count(report.gone, 'customer')} sent before, no longer in the query"))
    return [*facts, *forecast_farewells(report.farewells)]


def _reading(reading: Reading) -> str:
    words = f"{count(reading.customers, 'customer')}, {count(reading.requests, 'request')}"
    if reading.asked:
        return words
    return f"{words} at most; until then their fields count as zdpipe left them (--online asks now)"


def _shown(field: str, fragment: str | None, *, show_pii: bool) -> str:
    if fragment in {None, CLEARED}:
        return NOTHING
    return fragment if show_pii else mask_fragment(field, fragment) or NOTHING
