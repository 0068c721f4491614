"""A customer's journey in words, for a terminal of any width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from zdpipe.model.batch import BatchState
from zdpipe.model.journey import (
    Before,
    Change,
    Delivery,
    Did,
    Effect,
    Farewell,
    Held,
    Journey,
    Mention,
    RunFacts,
    Today,
)
from zdpipe.model.reasons import FAILURES
from zdpipe.reports.facts import facts_table
from zdpipe.reports.farewells import OUTCOMES
from zdpipe.reports.journey_rows import BELOW, FIELD, NOTHING, plain, rows_text, shared_text
from zdpipe.reports.journey_words import DEEDS, DID, EFFECTS, SENDINGS, STATES
from zdpipe.reports.words import count, moment, printable

_RUNS = 10
_WHOLE_KEYS = (
    "Customers go by a whole external_id, email or Zendesk id; with --show-pii reports have no *** in them."
)


def journey_text(journey: Journey, key: str) -> RenderableType:
    """Return the way of one customer: rows, what was known, what changed, what Zendesk said, what is known.

    `key` is what somebody asked for, as it may be shown, and the journey is masked already if it is to be.
    """
    if not journey.is_found:
        return Group(
            Text(f"Nothing here is about {printable(key)}."), Text(_WHOLE_KEYS, "dim"), *_notes(journey)
        )
    parts = [*_heading(journey, key), *_notes(journey), *rows_text(journey.rows, journey.columns)]
    parts += [*shared_text(journey.shared), *_before(journey), *_changes(journey)]
    for delivery in journey.deliveries:
        parts += _delivery(delivery, journey)
    for deed in journey.deeds:
        parts += _deed(deed)
    return Group(*parts, *_now(journey), *_runs(journey.mentions))


def _heading(journey: Journey, key: str) -> Iterator[RenderableType]:
    if journey.run is None:
        yield Text(f"{printable(key)}: no run kept anything of this customer.", "bold")
        return
    words, style = DID[journey.did]
    yield Text.assemble((f"{printable(key)} ", "bold"), (words, f"bold {style}"))
    yield Text()
    yield facts_table(_run_facts(journey.run))


def _run_facts(run: RunFacts) -> list[tuple[str, str]]:
    facts = [
        ("run", f"{run.run_id}, {run.outcome}"),
        ("query", f"{run.query} → {run.destination}"),
        ("started", f"{moment(run.started_at)} UTC"),
    ]
    if run.resumes:
        facts.append(("resumed", count(run.resumes, "time")))
    if run.retries:
        facts.append(("retries", run.retries))
    if run.rolls_back:
        facts.append(("takes back", run.rolls_back))
    if run.superseded_by:
        facts.append(("replaced by", run.superseded_by))
    if run.retried_by:
        facts.append(("retried by", ", ".join(run.retried_by)))
    return facts


def _notes(journey: Journey) -> Iterator[RenderableType]:
    for number, note in enumerate(journey.notes):
        yield Text(f"{'' if number else chr(10)}{printable(note.words)}", "yellow")


def _before(journey: Journey) -> Iterator[RenderableType]:
    before = journey.before
    if before is None or journey.did is Did.CREATED or _is_as_today(before, journey):
        return
    yield Text("\nKnown before", "bold")
    facts = _identity(before.user_id, before.primary_email)
    if facts or not before.values:
        yield Padding(facts_table(facts) if facts else Text(NOTHING), FIELD)
    yield from _values(before.values)
    if before.overwritten:
        words = f"Later runs wrote {', '.join(before.overwritten)}; what was known then is lost."
        yield Padding(Text(printable(words), "dim"), FIELD)


def _is_as_today(before: Before, journey: Journey) -> bool:
    """Tell whether nothing was acknowledged since, so that what is known now says it all."""
    is_whole = bool(before.values) and not before.overwritten
    account = journey.run.account if journey.run else None
    return is_whole and any(
        today.account == account and today.values == before.values for today in journey.now
    )


def _changes(journey: Journey) -> Iterator[RenderableType]:
    if not journey.changes:
        return
    has_arrived = journey.did not in {Did.WAITING, Did.NOT_SENT, Did.FAILED}
    yield Text("\nWhat changed" if has_arrived else "\nWhat the run was to change", "bold")
    apart = {Effect.SAME, Effect.SET} if journey.did is Did.CREATED else {Effect.SAME}
    for change in journey.changes:
        if change.effect not in apart:
            yield Padding(_change(change), FIELD)
    for effect, words in ((Effect.SET, "Everything is new: "), (Effect.SAME, "Sent as it was known: ")):
        fields = [change.field for change in journey.changes if change.effect is effect and effect in apart]
        if fields:
            yield Padding(Text(printable(f"{words}{', '.join(fields)}"), "dim"), FIELD)


def _change(change: Change) -> Text:
    before, after = (plain(value) for value in (change.before, change.after))
    arrow = after if change.before is None and change.effect is not Effect.KEPT else f"{before} → {after}"
    return Text.assemble(
        (f"{change.field}  ", "bold"), printable(arrow), (f"  {EFFECTS[change.effect]}", "green")
    )


def _delivery(delivery: Delivery, journey: Journey) -> Iterator[RenderableType]:
    done = "Sent" if delivery.sent_at is not None else "Planned"
    yield Text.assemble((f"\n{done} ", "bold"), f"as {SENDINGS[delivery.sending]}, for row {delivery.row}")
    yield Padding(facts_table(_delivery_facts(delivery, journey)), FIELD)
    if delivery.words:
        yield Padding(Text(printable(f"Zendesk's words: {delivery.words}")), FIELD)


def _delivery_facts(delivery: Delivery, journey: Journey) -> list[tuple[str, str]]:
    facts = [("batch", f"{delivery.batch}, position {delivery.position}")]
    if delivery.sent_at is not None:
        times = f", {count(delivery.attempts, 'time')} in all" if delivery.attempts > 1 else ""
        facts.append(("sent", f"{moment(delivery.sent_at)} UTC{times}"))
    if delivery.was_unsure:
        facts.append(("unsure", "an answer was lost on the way"))
    if delivery.job_id:
        facts.append(("job", delivery.job_id))
    facts.append(("Zendesk", _answer(delivery, journey)))
    if delivery.user_id is not None:
        facts.append(("user", str(delivery.user_id)))
    if delivery.request_id:
        facts.append(("request", delivery.request_id))
    return facts


def _answer(delivery: Delivery, journey: Journey) -> str:
    if delivery.status is None:
        run = journey.run
        if delivery.state is BatchState.READY and run is not None and run.finished_at is not None:
            return f"never asked: the run is {run.outcome}"
        return STATES[delivery.state]
    if delivery.reason is None:
        return delivery.status.value
    return f"{delivery.status}: {delivery.reason}. {FAILURES.get(delivery.reason, '')}".strip()


def _deed(deed: Farewell) -> Iterator[RenderableType]:
    yield Text(f"\n{DEEDS[deed.deed]}", "bold")
    facts = [("outcome", f"{deed.fate}: {OUTCOMES[deed.fate]}"), *_identity(deed.user_id, None)]
    if deed.request_id:
        facts.append(("request", deed.request_id))
    yield Padding(facts_table(facts), FIELD)
    if deed.words:
        yield Padding(Text(printable(f"Zendesk's words: {deed.words}")), FIELD)


def _now(journey: Journey) -> Iterator[RenderableType]:
    for today in journey.now:
        yield Text.assemble(("\nKnown now ", "bold"), f"of {today.account}")
        facts = _identity(today.user_id, None) + _addresses(today)
        if facts:
            yield Padding(facts_table(facts), FIELD)
        yield from _values(today.values)
    if not journey.now and journey.run is not None:
        yield Text("\nKnown now ", "bold")
        yield Padding(Text(NOTHING), FIELD)


def _identity(user_id: int | str | None, email: str | None) -> list[tuple[str, str]]:
    facts = [("user", str(user_id))] if user_id is not None else []
    return [*facts, ("email", email)] if email is not None else facts


def _addresses(today: Today) -> list[tuple[str, str]]:
    others = [email for email in today.emails if email != today.primary_email]
    told = [today.primary_email] if today.primary_email else []
    return [("email", ", ".join([*told, *others]))] if told or others else []


def _values(values: Mapping[str, Held]) -> Iterator[RenderableType]:
    """Yield the values that one run acknowledged at one time together, the latest first."""
    for held in sorted({_told(held) for held in values.values()}, reverse=True):
        when, is_ours, run_id, query = held
        told = f"{'sent' if is_ours else 'read'} {when} UTC, run {run_id} of {query}"
        since = told if run_id else "nobody knows any more since when"
        yield Padding(Text(printable(since), "dim"), FIELD)
        facts = [(field, plain(value.value)) for field, value in values.items() if _told(value) == held]
        yield Padding(facts_table(sorted(facts)), BELOW)


def _told(held: Held) -> tuple[str, bool, str, str]:
    when = moment(held.acknowledged_at) if held.acknowledged_at else ""
    return when, held.is_ours, held.run_id or "", held.query or ""


def _runs(mentions: tuple[Mention, ...]) -> Iterator[RenderableType]:
    if not mentions:
        return
    yield Text("\nRuns that had to do with this customer", "bold")
    for mention in mentions[:_RUNS]:
        warnings = f" ({', '.join(mention.warnings)})" if mention.warnings else ""
        did = mention.did.value.replace("_", " ")
        deeds = "".join(f", {deed.deed} {deed.fate}" for deed in mention.deeds)
        words = f"{mention.run_id}  {did}{deeds}{warnings}  {mention.query} → {mention.destination}"
        yield Padding(Text(printable(words)), FIELD)
    if len(mentions) > _RUNS:
        yield Padding(Text(f"… and {count(len(mentions) - _RUNS)} more", "dim"), FIELD)
